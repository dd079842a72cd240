// What there is to compare: every mechanism of the registry with a topology to show it in.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packagePath, RECOVERY_TOPOLOGY } from '../../sdn-app/cli/paths.js';
import { FerryError } from '../../sdn-app/contract/errors.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import { RECOVERY_POLICIES, recoveryPolicy } from '../../sdn-app/contract/recovery-policy.js';
import type { RecoveryPolicy } from '../../sdn-app/contract/recovery-policy.js';
import type { Topology, VnfSpec } from '../../sdn-app/contract/topology.js';

/** What the others are compared with. */
export const UNPROTECTED = 'none';

export interface Variant {
  /** The mechanism, and what of its options is not the default. */
  name: string;
  topology: Topology;
}

/**
 * Each mechanism in the first topology file whose load goes through a VNF that it protects; one
 * without a file of its own, in the NAT's. With output commit as well, where it can.
 */
export async function recoveryVariants(): Promise<Variant[]> {
  const standard = await loadTopology(RECOVERY_TOPOLOGY);
  const shown = await shownTopologies();
  const found: Variant[] = [{ name: UNPROTECTED, topology: withPolicy(standard, undefined) }];
  for (const mechanism of Object.keys(RECOVERY_POLICIES)) {
    const own = shown.find((each) => loadedVnf(each).recovery?.mechanism === mechanism);
    const alone = recoveryPolicy.safeParse({ mechanism }).data;
    const policy = own === undefined ? alone : loadedVnf(own).recovery;
    // Without a topology, and not to be had without options: nobody has said how to show it.
    if (policy === undefined) continue;
    const topology = own ?? standard;
    found.push({ name: mechanism, topology: withPolicy(topology, policy) });
    const commit = recoveryPolicy.safeParse({ ...policy, outputCommit: 'commit' }).data;
    if (commit !== undefined) {
      found.push({ name: `${mechanism} commit`, topology: withPolicy(topology, commit) });
    }
  }
  return found;
}

/** The VNF that the topology's load goes through. */
export function loadedVnf({ name, traffic, vnfs }: Topology): VnfSpec {
  const vnf = vnfs[traffic?.vnf ?? ''];
  if (vnf === undefined) throw new FerryError('TOPOLOGY_INVALID', `${name} has no load`, 'traffic');
  return vnf;
}

/** Those of the package that have a load, the NAT's first. */
async function shownTopologies(): Promise<Topology[]> {
  const folder = packagePath('topologies');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  const paths = [RECOVERY_TOPOLOGY, ...files.map((name) => join(folder, name))];
  const all = await Promise.all(paths.map((path) => loadTopology(path)));
  return all.filter(({ traffic }) => traffic !== undefined);
}

function withPolicy(topology: Topology, recovery: RecoveryPolicy | undefined): Topology {
  const name = topology.traffic?.vnf ?? '';
  const vnf = { ...loadedVnf(topology), recovery };
  return { ...topology, vnfs: { ...topology.vnfs, [name]: vnf }, chaos: [] };
}
