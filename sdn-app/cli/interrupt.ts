/** ^C and its like as something that work can stop for and clean up after. */
import { ExitError } from './command-line.js';

/** Exit code of a program that a signal ended, as shells have it. */
const SIGNALLED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface Interrupt {
  signal: AbortSignal;
  /** Rejects with the first signal; what was going on is left to fail by itself. */
  raised: Promise<never>;
  release: () => void;
}

export function catchSignals(): Interrupt {
  const controller = new AbortController();
  const names = Object.keys(SIGNALLED) as (keyof typeof SIGNALLED)[];
  const onSignal = (name: NodeJS.Signals): void => {
    const code = names.find((each) => each === name) ?? 'SIGTERM';
    controller.abort(new ExitError('INTERRUPTED', `ended by ${name}`, SIGNALLED[code]));
  };
  for (const name of names) process.on(name, onSignal);
  const raised = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(reasonOf(controller.signal)));
  });
  raised.catch(() => undefined); // Nobody may be waiting when the signal comes.
  return {
    signal: controller.signal,
    raised,
    release: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}
