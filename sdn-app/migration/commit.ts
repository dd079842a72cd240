/** State `switching`: one commit at the switch, and what to do when its outcome is not known. */
import { reasonOf } from '../contract/errors.js';
import { SteeringError } from '../vnfs/steering-port.js';
import { Fault } from './fault.js';
import { redirectOf, settleBefore } from './layout.js';
import type { Run } from './strategy.js';

const RETRY_MS = 200;

/** Resolves once the switch has redirected; throws a Fault when it has not and will not. */
export async function commitRedirect(run: Run, srcGone: boolean): Promise<void> {
  const { migration, ports } = run;
  const { vnf } = migration.record;
  await migration.enter('switching', { srcGone });
  try {
    const { bundle } = await ports.steering.redirect(vnf, redirectOf(migration.record));
    migration.redirected(bundle, ports.steering.softwareVersion(vnf));
  } catch (error) {
    if (error instanceof SteeringError && error.outcome !== 'unknown') {
      throw new Fault(`the switch did not redirect: ${error.message}`);
    }
    migration.note(`the switch did not say whether it redirected: ${reasonOf(error)}`);
    await resolveCommit(run);
  }
}

/** Asks the switch itself whether it has redirected, and goes by that: forward, or a Fault. */
export async function resolveCommit(run: Run): Promise<void> {
  const { migration, ports, watch } = run;
  const { vnf } = migration.record;
  for (;;) {
    await watch.patiently('the switch', () => ports.steering.connected(vnf) || undefined);
    try {
      if (await hasRedirected(run)) {
        await ports.steering.keepRedirect(vnf, redirectOf(migration.record));
      } else if (watch.src.exited === undefined) {
        throw new Fault('the switch was lost before it redirected');
      } else {
        // Decided: the switch may be touched again.
        await settleBefore(run);
        await migration.enter('switching', { srcGone: true });
        const { bundle } = await ports.steering.redirect(vnf, redirectOf(migration.record));
        migration.redirected(bundle, ports.steering.softwareVersion(vnf));
      }
      return;
    } catch (error) {
      if (error instanceof Fault) throw error;
      migration.waiting(`the switch: ${reasonOf(error)}`);
      await watch.pause(RETRY_MS);
    }
  }
}

/** A switch that has forgotten everything is no witness; then the instances are. */
async function hasRedirected(run: Run): Promise<boolean> {
  const { migration, ports, watch } = run;
  const { vnf, srcHost, destHost, part } = migration.record;
  const active = await ports.steering.witness(vnf, srcHost, destHost, part?.number);
  if (active !== 'other') return active === 'dest';
  await watch.patiently(
    'an agent, to tell which instance serves',
    () => watch.src.connected || watch.dest.connected || undefined,
  );
  const modes = [watch.src, watch.dest].map(async ({ host, instance, role }) => {
    const stats = await ports.hosts.stats(host, instance).catch(() => undefined);
    if (part !== null) return stats?.sync.phase === (role === 'srcInst' ? 'ended' : 'released');
    return role === 'srcInst' ? stats?.mode === 'closed' : stats?.mode === 'serving';
  });
  return (await Promise.all(modes)).includes(true);
}
