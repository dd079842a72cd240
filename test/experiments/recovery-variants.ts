// What there is to compare: every mechanism that can be shown, and none.
import { shownMechanisms, withPolicy } from '../../sdn-app/cli/demo/recovery/mechanisms.js';
import { recoveryPolicy } from '../../sdn-app/contract/recovery-policy.js';
import type { Topology } from '../../sdn-app/contract/topology.js';

/** What the others are compared with. */
export const UNPROTECTED = 'none';

export interface Variant {
  /** The mechanism, and what of its options is not the default. */
  name: string;
  topology: Topology;
}

/**
 * Each mechanism in its topology, with output commit as well where it can; and each topology's VNF
 * without any, since a gateway's packets cost something else than a NAT's.
 */
export async function recoveryVariants(): Promise<Variant[]> {
  const found: Variant[] = [];
  for (const { name, policy, topology } of await shownMechanisms()) {
    if (!found.some((each) => each.topology.name === topology.name)) {
      found.push({ name: UNPROTECTED, topology: withPolicy(topology, undefined) });
    }
    found.push({ name, topology });
    const commit = recoveryPolicy.safeParse({ ...policy, outputCommit: 'commit' }).data;
    if (commit === undefined) continue;
    found.push({ name: `${name} commit`, topology: withPolicy(topology, commit) });
  }
  return found;
}
