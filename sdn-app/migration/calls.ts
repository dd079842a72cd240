/** Calls to a migration's instances, across agents that go away and come back. */
import { FerryError, reasonOf } from '../contract/errors.js';
import type { PlainCall } from '../hosts/port.js';
import type { Participant } from './participant.js';
import type { Run } from './strategy.js';

const RETRY_MS = 200;

/** The agent went away before it answered: it may have acted or not. */
export function isAway(error: unknown): boolean {
  return (
    error instanceof FerryError &&
    (error.code === 'HOST_NOT_CONNECTED' || error.code === 'AGENT_TIMEOUT')
  );
}

/**
 * Before the switch: `guard` throwing ends it at once. When the agent went away before it answered,
 * `action` is called once more, with `again`, as soon as the agent is back.
 */
export async function guarded<T>(
  run: Run,
  who: Participant,
  guard: () => void,
  action: (again: boolean) => Promise<T>,
): Promise<T> {
  const { watch } = run;
  const attempt = async (again: boolean) => {
    await watch.until(() => {
      guard();
      return who.connected || undefined;
    });
    return watch.race(action(again), guard);
  };
  try {
    return await attempt(false);
  } catch (error) {
    if (!(error instanceof FerryError) || error.code !== 'HOST_NOT_CONNECTED') throw error;
    return attempt(true);
  }
}

/** One call, guarded; the second time INSTANCE_STATE means that the first had come through. */
export async function guardedCall(
  run: Run,
  who: Participant,
  guard: () => void,
  call: PlainCall,
): Promise<void> {
  await guarded(run, who, guard, async (again) => {
    try {
      await run.ports.hosts.call(who.host, who.instance, call);
    } catch (error) {
      if (!again || !(error instanceof FerryError) || error.code !== 'INSTANCE_STATE') throw error;
    }
  });
}

/**
 * After the switch: goes on until the instance has taken the call, or has none to take
 * (INSTANCE_STATE: it is past that), or has ended, or `enough` says so.
 */
export async function persistently(
  run: Run,
  who: Participant,
  method: 'switched' | 'takeover',
  enough: () => boolean,
): Promise<'taken' | 'past' | 'given up'> {
  const { watch, ports } = run;
  for (;;) {
    const waitFor = `the agent of ${who.host}, to tell ${who.role} ${method}`;
    const go = await watch.patiently(waitFor, () => {
      if (enough() || who.exited !== undefined) return 'no';
      return who.connected ? 'yes' : undefined;
    });
    if (go === 'no') return 'given up';
    try {
      await ports.hosts.call(who.host, who.instance, { method });
      return 'taken';
    } catch (error) {
      if (error instanceof FerryError && error.code === 'INSTANCE_STATE') return 'past';
      if (!isAway(error))
        run.migration.note(`${who.role} did not take ${method}: ${reasonOf(error)}`);
      await watch.pause(RETRY_MS);
    }
  }
}
