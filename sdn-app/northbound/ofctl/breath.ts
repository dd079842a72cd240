/** Long work in turns: an answer of megabytes must not hold up a switchover. */
import { setImmediate } from 'node:timers/promises';

const TURN_MS = 5;

/** A function to await now and then: it lets other work in when this has had its turn. */
export function breath(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN_MS) return;
    await setImmediate();
    since = performance.now();
  };
}
