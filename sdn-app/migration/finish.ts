/** After destInst has taken over: fence srcInst, collect the figures, place, remove srcInst. */
import { reasonOf } from '../contract/errors.js';
import { isAway } from './calls.js';
import { conclude } from './conclude.js';
import { forget } from '../vnfs/forget.js';
import { flowsOf, isPlaced, place, settleAfter } from './layout.js';
import type { Participant } from './participant.js';
import type { Run } from './strategy.js';

/**
 * Stragglers reach srcInst for some time after the redirect, and it hands them on for as long as it
 * lives. destInst tells when none can come any more; should that news be lost, this is long enough.
 */
const HANDOVER_BOUND_MS = 3000;
const JOURNAL_RETRY_MS = 1000;
const STOP_BOUND_MS = 3000;
const RETRY_MS = 200;

/** Resolves in state `completed`, or with the reason why destInst was lost while srcInst was there. */
export async function finish(run: Run): Promise<{ destLost: string } | undefined> {
  const { migration, watch, ports } = run;
  const { vnf, destHost, destInst, part } = migration.record;
  const { src, dest } = watch;
  if (part === null) ports.vnfs.show(vnf, destHost, destInst);
  await settleSteering(run);
  if (!isPlaced(run)) {
    await watch.within(HANDOVER_BOUND_MS, () => {
      if (run.strategy.standsStill === true) return true;
      return dest.handoverClosed || dest.exited !== undefined || src.exited !== undefined;
    });
    // srcInst still has everything: until destInst is placed there is a way back.
    if (dest.exited !== undefined) return { destLost: dest.exited };
    if (run.strategy.standsStill !== true) {
      await Promise.all([refresh(run, src), refresh(run, dest)]);
      migration.measure(src.stats, dest.stats);
    }
    await placeDest(run);
  }
  await removeSrc(run);
  await conclude(run, 'completed');
  return undefined;
}

async function settleSteering(run: Run): Promise<void> {
  const { migration, ports, watch } = run;
  const { vnf } = migration.record;
  const destLost = () => !isPlaced(run) && watch.dest.exited !== undefined;
  for (;;) {
    await watch.patiently('the switch, to fence srcInst', () => {
      return destLost() || ports.steering.connected(vnf) || undefined;
    });
    if (destLost()) return;
    try {
      await settleAfter(run);
      return;
    } catch (error) {
      migration.waiting(`the switch: ${reasonOf(error)}`);
      await watch.pause(RETRY_MS);
    }
  }
}

async function placeDest(run: Run): Promise<void> {
  const { migration, watch } = run;
  for (;;) {
    try {
      await place(run);
      return;
    } catch (error) {
      migration.waiting(`the journal: ${reasonOf(error)}`);
      await watch.pause(JOURNAL_RETRY_MS);
    }
  }
}

async function removeSrc(run: Run): Promise<void> {
  const { migration, watch } = run;
  const { src } = watch;
  const deadline = watch.now + STOP_BOUND_MS;
  while (await watch.within(Math.max(0, deadline - watch.now), () => src.connected)) {
    try {
      await endSrc(run);
      return;
    } catch (error) {
      if (!isAway(error)) migration.note(`srcInst was not stopped: ${reasonOf(error)}`);
      if (watch.now >= deadline) break;
      await watch.pause(RETRY_MS);
    }
  }
  migration.note(
    migration.record.part?.srcStays === true
      ? 'srcInst forgets the part when its agent is back'
      : 'srcInst is stopped as an orphan when its agent is back',
  );
}

/** srcInst ends, or goes on with the rest. */
async function endSrc(run: Run): Promise<void> {
  const { migration, ports } = run;
  const { src } = run.watch;
  const flows = flowsOf(run);
  if (flows === undefined || migration.record.part?.srcStays !== true) {
    await ports.hosts.stopInstance(src.host, src.instance);
    return;
  }
  // One that died was started again, empty.
  if (src.exited !== undefined) return;
  const { host, instance } = src;
  await forget(ports.hosts, ports.clock, { host, instance, flows });
}

/** Last statistics before srcInst goes; those at hand have to do when it cannot be asked. */
async function refresh({ ports }: Run, who: Participant): Promise<void> {
  if (!who.connected || who.exited !== undefined) return;
  try {
    who.takeStats(await ports.hosts.stats(who.host, who.instance));
  } catch {
    // The report then has the figures of its last event.
  }
}
