// What there is to compare: every mechanism that can be shown, and none.
import { shownMechanisms, withPolicy } from '../../sdn-app/cli/demo/recovery/mechanisms.js';
import { RECOVERY_TOPOLOGY } from '../../sdn-app/cli/paths.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import { recoveryPolicy } from '../../sdn-app/contract/recovery-policy.js';
import type { Topology } from '../../sdn-app/contract/topology.js';

/** What the others are compared with. */
export const UNPROTECTED = 'none';

export interface Variant {
  /** The mechanism, and what of its options is not the default. */
  name: string;
  topology: Topology;
}

/** Each mechanism in its topology, with output commit as well where it can. */
export async function recoveryVariants(): Promise<Variant[]> {
  const standard = await loadTopology(RECOVERY_TOPOLOGY);
  const found: Variant[] = [{ name: UNPROTECTED, topology: withPolicy(standard, undefined) }];
  for (const { name, policy, topology } of await shownMechanisms()) {
    found.push({ name, topology });
    const commit = recoveryPolicy.safeParse({ ...policy, outputCommit: 'commit' }).data;
    if (commit === undefined) continue;
    found.push({ name: `${name} commit`, topology: withPolicy(topology, commit) });
  }
  return found;
}
