/** The world of the migration tests, with nat1 under the hot standby's protection. */
import { recoveryPolicy } from '../../../sdn-app/contract/recovery-policy.js';
import type { RecoveryResource } from '../../../sdn-app/contract/recovery.js';
import type { Topology } from '../../../sdn-app/contract/topology.js';
import { World } from '../migration/world/world.js';
import { topology } from '../steering/lab-network.js';

const LIMIT_MS = 120_000;

const nat1 = topology.vnfs['nat1'];
if (nat1 === undefined) throw new Error('the lab network has a nat1');
const protectedBy = (policy: object): Topology => ({
  ...topology,
  vnfs: { nat1: { ...nat1, recovery: recoveryPolicy.parse({ mechanism: '1R-AS', ...policy }) } },
});
export const protectedTopology = protectedBy({});

/** nat1 serves on host1, and its standby on host2 is ready. */
export async function protectedWorld(policy: object = {}): Promise<World> {
  const world = await World.serving(protectedBy(policy));
  await world.clock.until(() => isReady(world), LIMIT_MS);
  world.points.length = 0;
  return world;
}

export function isReady(world: World): boolean {
  return world.controller.recoveries.redundancy('nat1')?.state === 'ready';
}

/** The newest recovery, once it has ended. */
export async function recovered(world: World): Promise<RecoveryResource> {
  await world.clock.until(
    () => newest(world)?.endedAt !== undefined && newest(world)?.endedAt !== null,
    LIMIT_MS,
  );
  const found = newest(world);
  if (found === undefined) throw new Error('there was no recovery');
  return found;
}

function newest(world: World): RecoveryResource | undefined {
  return world.controller.recoveries.list().at(-1);
}
