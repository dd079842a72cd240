/** The way back: srcInst speaks again, alone, and destInst is removed. */
import { isAway } from './calls.js';
import { settleUndone } from './layout.js';
import type { Participant } from './participant.js';
import type { Run } from './strategy.js';
import { FerryError, reasonOf } from '../contract/errors.js';

/** Before the switch srcInst serves anyhow: an agent that is away is not waited for longer than this. */
const BOUND_MS = 10_000;
const RETRY_MS = 200;

/**
 * Enters `rollingBack` and undoes everything. Once the switch had redirected, nobody serves until
 * srcInst has resumed and the switch has heard: then it waits as long as that takes.
 */
export async function undo(run: Run, reason: string): Promise<void> {
  const { migration } = run;
  if (migration.state !== 'rollingBack') await migration.proceed('rollingBack', { reason });
  await Promise.all([restoreSrc(run), restoreSteering(run), removeDest(run)]);
}

async function restoreSrc(run: Run): Promise<void> {
  const { watch, migration, strategy, ports } = run;
  const { src } = watch;
  const still = strategy.standsStill === true;
  const mustServe = migration.record.committed || still;
  const deadline = watch.now + BOUND_MS;
  for (;;) {
    const gaveUp = () => !mustServe && watch.now >= deadline;
    const go = await watch.patiently(`the agent of ${src.host}, for srcInst to serve again`, () => {
      if (src.exited !== undefined || gaveUp()) return 'no';
      return src.connected ? 'yes' : undefined;
    });
    if (go === 'no') break;
    try {
      if (still) await ports.images.thaw(src.host, src.instance);
      else await serveAgain(run, src);
      return;
    } catch (error) {
      if (!isAway(error)) migration.note(`srcInst did not leave the session: ${reasonOf(error)}`);
      await watch.pause(RETRY_MS);
    }
  }
  if (src.exited === undefined) {
    migration.note('srcInst serves on; it is told to leave the session when its agent is back');
  }
}

/** `abort` holds until the end record, `resume` after it; neither when there is no session (any more). */
async function serveAgain(run: Run, src: Participant): Promise<void> {
  for (const method of ['abort', 'resume', 'abort'] as const) {
    try {
      await run.ports.hosts.call(src.host, src.instance, { method });
      return;
    } catch (error) {
      if (!(error instanceof FerryError) || error.code !== 'INSTANCE_STATE') throw error;
    }
  }
}

async function restoreSteering(run: Run): Promise<void> {
  const { ports, migration, watch } = run;
  const { vnf, committed } = migration.record;
  const deadline = watch.now + BOUND_MS;
  for (;;) {
    try {
      await settleUndone(run);
      return;
    } catch (error) {
      migration.waiting(`the switch: ${reasonOf(error)}`);
    }
    // The wish is kept: a switch that comes later gets it then.
    if (!committed && (watch.now >= deadline || !ports.steering.connected(vnf))) return;
    await watch.pause(RETRY_MS);
    await watch.patiently('the switch', () => ports.steering.connected(vnf) || undefined);
  }
}

async function removeDest(run: Run): Promise<void> {
  const { watch, migration } = run;
  const { dest } = watch;
  const deadline = watch.now + BOUND_MS;
  while (watch.now < deadline) {
    const connected = await watch.within(deadline - watch.now, () => dest.connected);
    if (!connected) break;
    try {
      await endDest(run);
      return;
    } catch (error) {
      if (!isAway(error)) migration.note(`destInst was not stopped: ${reasonOf(error)}`);
      await watch.pause(RETRY_MS);
    }
  }
  migration.note('destInst is stopped as an orphan when its agent is back');
}

/** destInst ends; one that serves already only leaves the session. */
async function endDest({ migration, ports, watch: { dest } }: Run): Promise<void> {
  if (migration.record.part?.destServes !== true) {
    await ports.hosts.stopInstance(dest.host, dest.instance);
    return;
  }
  if (dest.exited !== undefined) return;
  try {
    await ports.hosts.call(dest.host, dest.instance, { method: 'abort' });
  } catch (error) {
    if (!(error instanceof FerryError) || error.code !== 'INSTANCE_STATE') throw error;
  }
}
