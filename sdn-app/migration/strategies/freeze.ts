/**
 * Strategy `freeze`: stop and copy. CRIU takes srcInst as it stands, destInst is restored from that
 * image on the other host, and the switch redirects. Works for any instance. What arrives meanwhile is
 * lost, but for what waits in srcInst's rings if it has to go on after all.
 */
import { DEFAULT_KEEP } from '../../contract/checkpoint.js';
import { reasonOf } from '../../contract/errors.js';
import { migrationAddress } from '../../contract/resolve.js';
import { isAway } from '../calls.js';
import { conclude } from '../conclude.js';
import { commitRedirect, resolveCommit } from '../commit.js';
import { guardDeath, guardDest, guardSrcAgent } from '../fault.js';
import { finish } from '../finish.js';
import { isPlaced } from '../layout.js';
import type { Run, Strategy } from '../strategy.js';
import { undo } from '../undo.js';
import { Stopped } from '../watch.js';

const RETRY_MS = 200;

export const freezeStrategy: Strategy = {
  name: 'freeze',
  guarantees: ['order-preserving', 'no-buffering'],
  standsStill: true,
  run: async (run) => {
    const frozenAt = { ms: run.watch.now };
    if (await attempt(run, frozenAt)) await onward(run, frozenAt.ms);
  },
  resume: async (run) => {
    if (await takeUp(run)) await onward(run, undefined);
  },
};

/** From `preparing` to the switch's redirect. False: a fault came first, and srcInst goes on. */
async function attempt(run: Run, frozenAt: { ms: number }): Promise<boolean> {
  const { migration, watch } = run;
  try {
    guard(run);
    await migration.enter('synchronising');
    frozenAt.ms = watch.now;
    const checkpoint = await ship(run);
    await migration.enter('synchronised');
    await restore(run, checkpoint);
    // srcInst stands still: it gets no marker, and has nothing more to say.
    await commitRedirect(run, true);
    return true;
  } catch (error) {
    if (error instanceof Stopped) throw error;
    await rollBack(run, reasonOf(error), frozenAt.ms);
    return false;
  }
}

/** Where an earlier run of the controller left it. True: redirected. */
async function takeUp(run: Run): Promise<boolean> {
  const { migration } = run;
  if (migration.state === 'draining') return true;
  try {
    if (migration.state === 'switching') {
      await resolveCommit(run);
      return true;
    }
  } catch (error) {
    if (error instanceof Stopped) throw error;
    await rollBack(run, reasonOf(error), undefined);
    return false;
  }
  const restarted = 'the controller was restarted before the switch';
  await rollBack(run, migration.record.reason ?? restarted, undefined);
  return false;
}

/** destInst serves since the redirect; srcInst is kept until that is on disk. */
async function onward(run: Run, frozenAt: number | undefined): Promise<void> {
  const { migration, watch } = run;
  if (migration.state !== 'draining') await migration.proceed('draining', { committed: true });
  migration.stoodStill(frozenAt === undefined ? undefined : watch.now - frozenAt);
  const lost = (isPlaced(run) ? undefined : await confirm(run)) ?? (await finish(run));
  if (lost === undefined) return;
  await rollBack(run, `destInst ended after the switch: ${lost.destLost}`, frozenAt);
}

/** Resolves when destInst itself says that it serves, or with the reason why it never will. */
async function confirm(run: Run): Promise<{ destLost: string } | undefined> {
  const { migration, ports, watch } = run;
  const { dest } = watch;
  for (;;) {
    await watch.patiently(`destInst on ${dest.host} to serve`, () => {
      return dest.exited !== undefined || dest.connected || undefined;
    });
    if (dest.exited !== undefined) return { destLost: dest.exited };
    try {
      dest.takeStats(await ports.hosts.stats(dest.host, dest.instance));
      migration.served(false);
      return undefined;
    } catch (error) {
      if (!isAway(error)) migration.note(`destInst does not answer: ${reasonOf(error)}`);
      await watch.pause(RETRY_MS);
    }
  }
}

/** The image of srcInst, which stands still from now on, goes to the other host. */
async function ship(run: Run): Promise<string> {
  const { migration, ports, watch } = run;
  const { images, topology } = ports;
  const { vnf, token } = migration.record;
  const { src, dest } = watch;
  const keep = topology.vnfs[vnf]?.checkpoint?.keep ?? DEFAULT_KEEP;
  const look = () => guard(run);
  const { id, storedBytes } = await watch.race(images.freeze(src.host, src.instance, keep), look);
  migration.imaged(storedBytes);
  const address = migrationAddress(topology, dest.host);
  const port = await watch.race(images.receiveCheckpoint(dest.host, address, token, keep), look);
  const parcel = { checkpoint: id, address, port, token };
  await watch.race(images.sendCheckpoint(src.host, parcel), look);
  return id;
}

async function restore(run: Run, checkpoint: string): Promise<void> {
  const { migration, ports, watch } = run;
  const { dest } = watch;
  const spec = ports.vnfs.spec(migration.record.vnf, dest.host, dest.instance, 'serving');
  await watch.race(ports.images.restore(dest.host, spec, checkpoint, []), () => guard(run));
  dest.started();
}

function guard(run: Run): void {
  guardDest(run);
  guardDeath(run);
  guardSrcAgent(run);
}

async function rollBack(run: Run, reason: string, frozenAt: number | undefined): Promise<void> {
  const { migration, watch } = run;
  await undo(run, reason);
  migration.stoodStill(frozenAt === undefined ? undefined : watch.now - frozenAt);
  if (watch.src.exited === undefined) {
    await conclude(run, 'rolledBack', { reason });
    return;
  }
  const lost = `${reason}; srcInst had ended too: its state is lost, the VNF starts again empty`;
  await conclude(run, migration.record.committed ? 'failed' : 'rolledBack', { reason: lost });
}
