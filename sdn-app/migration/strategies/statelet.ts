/**
 * Strategy `statelet` (SLiM): srcInst serves while its snapshot and then its statelets go to
 * destInst; the switch redirects in one commit; destInst holds what arrives until srcInst has ended.
 */
import { FerryError, reasonOf } from '../../contract/errors.js';
import { migrationAddress } from '../../contract/resolve.js';
import { guarded, guardedCall } from '../calls.js';
import { conclude } from '../conclude.js';
import { commitRedirect, resolveCommit } from '../commit.js';
import { Detour } from '../detour.js';
import { drain } from '../drain.js';
import { Fault, guardDeath, guardDest, guardProgress, guardSrc, StreamFault } from '../fault.js';
import { finish } from '../finish.js';
import { flowsOf, isPlaced, settleBefore } from '../layout.js';
import { newInstanceId } from '../../vnfs/instance-id.js';
import { newToken } from '../ids.js';
import type { Run, Strategy } from '../strategy.js';
import { movedTo } from '../part.js';
import { undo } from '../undo.js';
import { Stopped } from '../watch.js';

/** Times that a destInst which died after the switch is replaced by a new one. */
const MAX_RESTARTS = 2;
/** What a death causes is often heard before the death itself. */
const DEATH_NEWS_MS = 500;

/** In what strategies that move state by a stream differ. */
interface Variant {
  /** What follows the snapshot, if not statelets. */
  content?: 'packets';
  /** Packets wait at the controller while state moves, and srcInst stands still meanwhile. */
  byController?: true;
}

/** The variant as one migration has it. */
interface Way {
  content: Variant['content'];
  detour: Detour | undefined;
}

export const stateletStrategy: Strategy = { ...streamStrategy('statelet'), movesParts: true };

export function streamStrategy(name: string, variant: Variant = {}): Strategy {
  const by = async (run: Run, first: (run: Run, way: Way) => Promise<boolean>): Promise<void> => {
    const detour = variant.byController === true ? new Detour(run) : undefined;
    const way = { content: variant.content, detour };
    try {
      await onward(run, way, await first(run, way));
    } finally {
      detour?.end();
    }
  };
  return {
    name,
    guarantees: ['loss-free', 'order-preserving'],
    run: (run) => by(run, attempt),
    resume: (run) => by(run, takeUp),
  };
}

/** From the switch's redirect to the end; with a new destInst when one dies on the way. */
async function onward(run: Run, way: Way, redirected: boolean): Promise<void> {
  let committed = redirected;
  while (committed) {
    const lost = (isPlaced(run) ? undefined : await handOver(run, way)) ?? (await finish(run));
    if (lost === undefined) return;
    committed = (await giveBack(run, way, `destInst ended after the switch: ${lost.destLost}`))
      ? await attempt(run, way)
      : false;
  }
}

/** Resolves when destInst serves all, or with the reason why it never will. */
async function handOver(run: Run, { detour }: Way): Promise<{ destLost: string } | undefined> {
  const lost = (await drain(run)) ?? (await detour?.passOn());
  if (lost === undefined) run.migration.served(run.watch.dest.serving?.endMissing ?? false);
  return lost;
}

/** From `preparing` to the switch's redirect. False: a fault came first, and all is rolled back. */
async function attempt(run: Run, way: Way): Promise<boolean> {
  try {
    await prepare(run);
    await synchronise(run, way);
    await commitRedirect(run, await armBoth(run, way));
    return true;
  } catch (error) {
    if (error instanceof Stopped) throw error;
    await rollBack(run, way, await explain(run, error));
    return false;
  }
}

/** Where an earlier run of the controller left it. True: redirected. */
async function takeUp(run: Run, way: Way): Promise<boolean> {
  const { migration } = run;
  if (way.detour !== undefined && migration.state !== 'preparing') {
    migration.breaks('loss-free', 'the controller was restarted: what waited there is lost');
  }
  switch (migration.state) {
    case 'draining':
      run.watch.dest.session = true;
      return true;
    case 'switching':
      try {
        await resolveCommit(run);
        return true;
      } catch (error) {
        if (error instanceof Stopped) throw error;
        await rollBack(run, way, reasonOf(error));
        return false;
      }
    default:
      await rollBack(
        run,
        way,
        migration.record.reason ?? 'the controller was restarted before the switch',
      );
      return false;
  }
}

async function prepare(run: Run): Promise<void> {
  const { migration, ports, watch } = run;
  const { dest } = watch;
  if (migration.record.part !== null) await divide(run);
  if (migration.record.part?.destServes === true) return;
  const spec = ports.vnfs.spec(migration.record.vnf, dest.host, dest.instance, 'standby');
  await guarded(
    run,
    dest,
    () => guardBoth(run),
    async () => {
      // Asked for a second time, it may be there from the first.
      if (!dest.listed) await ports.hosts.startInstance(dest.host, spec);
      dest.started();
    },
  );
}

/** The part's traffic gets flows of its own, which lead where it goes now. */
async function divide(run: Run): Promise<void> {
  try {
    await settleBefore(run);
  } catch (error) {
    throw new Fault(`the switch did not take the flows of the part: ${reasonOf(error)}`);
  }
}

async function synchronise(run: Run, { content, detour }: Way): Promise<void> {
  const { migration, ports, watch } = run;
  const { src, dest } = watch;
  const { token, part } = migration.record;
  const flows = flowsOf(run);
  const address = migrationAddress(ports.topology, dest.host);
  const port = await guarded(
    run,
    dest,
    () => guardBoth(run),
    () => {
      const joined = part?.destServes === true ? flows : undefined;
      return ports.hosts.listen(dest.host, dest.instance, address, token, undefined, joined);
    },
  );
  await migration.enter('synchronising');
  await detour?.begin();
  const connect = {
    method: 'connect',
    ...{ address, port, token },
    ...(content === undefined ? {} : { content }),
    ...(flows === undefined ? {} : { flows }),
  } as const;
  await guardedCall(run, src, () => guardBoth(run), connect);
  for (const side of [src, dest]) {
    side.session = true;
    side.progressAt = watch.now;
  }
  await watch.until(() => {
    // First: with all of the state at destInst, srcInst's death is no reason to go back.
    if (dest.synchronised && dest.exited === undefined) return true;
    guardBoth(run);
    guardProgress(run);
    detour?.guard();
    return undefined;
  });
}

/** Both ready for the redirect. True: srcInst has died, and destInst has all but its very last. */
async function armBoth(run: Run, { detour }: Way): Promise<boolean> {
  const { migration, watch } = run;
  const { src, dest } = watch;
  await migration.enter('synchronised');
  await Promise.all([
    guardedCall(run, dest, () => guardDest(run), { method: 'arm' }),
    prepareSrc(run),
    detour?.announce(),
  ]);
  await watch.until(() => {
    guardDest(run);
    return watch.switchDownFor() === 0 || undefined;
  });
  return src.exited !== undefined;
}

async function prepareSrc(run: Run): Promise<void> {
  const { src } = run.watch;
  try {
    await guardedCall(run, src, () => guardBoth(run), { method: 'prepareSwitch' });
  } catch (error) {
    if (!(await srcDied(run))) throw error;
  }
}

function guardBoth(run: Run): void {
  guardDest(run);
  guardSrc(run);
}

function srcDied({ watch }: Run): Promise<boolean> {
  return watch.within(DEATH_NEWS_MS, () => watch.src.exited !== undefined);
}

/** A call or a stream that failed often did so because a process had just died: that says more. */
async function explain(run: Run, error: unknown): Promise<string> {
  const { src, dest } = run.watch;
  if (error instanceof StreamFault || error instanceof FerryError) {
    await run.watch.within(DEATH_NEWS_MS, () => (src.exited ?? dest.exited) !== undefined);
    try {
      guardDeath(run);
    } catch (fault) {
      return reasonOf(fault);
    }
  }
  return reasonOf(error);
}

async function rollBack(run: Run, { detour }: Way, reason: string): Promise<void> {
  await detour?.announceReturn();
  await undo(run, reason);
  await detour?.passBack();
  await conclude(run, 'rolledBack', { reason });
}

/** srcInst serves again with all it has. True: the migration starts anew, with another destInst. */
async function giveBack(run: Run, { detour }: Way, reason: string): Promise<boolean> {
  const { migration, ports, watch } = run;
  const { vnf, srcHost, srcInst, destHost, restarts, part } = migration.record;
  await detour?.announceReturn();
  await undo(run, reason);
  await detour?.passBack();
  if (part === null) ports.vnfs.show(vnf, srcHost, srcInst);
  if (watch.src.exited !== undefined || migration.record.srcGone) {
    await conclude(run, 'failed', {
      reason: `${reason}; srcInst had ended too: its state is lost, the VNF starts again empty`,
    });
    return false;
  }
  if (part?.destServes === true) {
    await conclude(run, 'rolledBack', { reason: `${reason}; what it served is lost with it` });
    return false;
  }
  if (restarts >= MAX_RESTARTS) {
    await conclude(run, 'rolledBack', { reason: `${reason}; ${restarts} restarts are enough` });
    return false;
  }
  migration.note(`${reason}; srcInst serves again and the migration starts anew`);
  const destInst = newInstanceId(vnf);
  const token = newToken();
  try {
    await migration.enter('preparing', {
      reason: null,
      restarts: restarts + 1,
      destInst,
      token,
      committed: false,
      ...(part === null ? {} : { part: movedTo(part, destInst) }),
    });
  } catch (error) {
    await conclude(run, 'rolledBack', { reason: `${reason}; ${reasonOf(error)}` });
    return false;
  }
  ports.vnfs.claim(vnf, [srcInst, destInst]);
  watch.replaceDest(destHost, destInst);
  return true;
}
