/** State `draining`: from the switch's redirect until destInst serves; only forward. */
import { reasonOf } from '../contract/errors.js';
import { isAway, persistently } from './calls.js';
import type { Run } from './strategy.js';

/** srcInst's agent is away and destInst does not move: after this destInst takes over. */
const UNREACHABLE_MS = 2000;
/** Both agents are there and destInst does not move: the stream between the two is gone for good. */
const STUCK_MS = 5000;
/** Between looks at destInst's own statistics, in case its event was lost with a connection. */
const POLL_MS = 250;

/** Resolves when destInst serves, or with the reason why it never will: its process has ended. */
export async function drain(run: Run): Promise<{ destLost: string } | undefined> {
  const { migration, watch } = run;
  const { dest, src } = watch;
  if (migration.state !== 'draining') await migration.proceed('draining', { committed: true });
  let over = false;
  // A hint for the case that a marker got lost; srcInst that has ended by itself is past it.
  const hint = persistently(run, src, 'switched', () => over);
  const aside = Promise.allSettled([hint, pollDest(run, () => over)]);
  dest.progressAt = watch.now;
  let tookOver = false;
  try {
    for (;;) {
      const next = await watch.patiently(`destInst on ${dest.host} to serve`, () => {
        if (dest.exited !== undefined) return 'lost';
        if (dest.serving !== undefined) return 'serving';
        return !tookOver && mustTakeOver(run) ? 'takeover' : undefined;
      });
      if (next === 'lost') return { destLost: dest.exited ?? 'its process is gone' };
      if (next === 'serving') return undefined;
      tookOver = true;
      await takeOver(run);
    }
  } finally {
    over = true;
    void aside;
  }
}

/** srcInst is dead: at once. It is not, but nothing comes any more: after a while. */
function mustTakeOver({ watch, migration }: Run): boolean {
  const { src, dest } = watch;
  if (!dest.connected) return false;
  if (src.exited !== undefined || migration.record.srcGone) return true;
  const bound = src.connected ? STUCK_MS : UNREACHABLE_MS;
  return Math.min(dest.idleFor(), src.connected ? Infinity : src.downFor()) > bound;
}

async function takeOver(run: Run): Promise<void> {
  const { watch, migration } = run;
  const { src, dest } = watch;
  const why = src.exited ?? (src.connected ? 'its stream stands still' : 'its agent is away');
  migration.note(`destInst takes over with what it has: srcInst is gone (${why})`);
  await persistently(run, dest, 'takeover', () => dest.serving !== undefined);
}

async function pollDest(run: Run, over: () => boolean): Promise<void> {
  const { watch, ports } = run;
  const { dest } = watch;
  while (!over() && dest.exited === undefined) {
    await watch.within(POLL_MS, over);
    if (over() || !dest.connected) continue;
    try {
      dest.takeStats(await ports.hosts.stats(dest.host, dest.instance));
    } catch (error) {
      if (!isAway(error)) run.migration.note(`destInst does not answer: ${reasonOf(error)}`);
    }
  }
}
