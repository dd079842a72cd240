/** Every mechanism of the registry, and a topology to show it in. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FerryError } from '../../../contract/errors.js';
import { loadTopology } from '../../../contract/load.js';
import {
  RECOVERY_POLICIES,
  recoveryPolicy,
  type RecoveryPolicy,
} from '../../../contract/recovery-policy.js';
import type { Topology, VnfSpec } from '../../../contract/topology.js';
import { packagePath, RECOVERY_TOPOLOGY } from '../../paths.js';

export interface ShownMechanism {
  name: string;
  policy: RecoveryPolicy;
  topology: Topology;
}

/**
 * Each in the first topology file whose load goes through a VNF that it protects; one without a file of
 * its own, in the NAT's, if it needs no options.
 */
export async function shownMechanisms(): Promise<ShownMechanism[]> {
  const standard = await loadTopology(RECOVERY_TOPOLOGY);
  const shown = await shownTopologies();
  return Object.keys(RECOVERY_POLICIES).flatMap((name) => {
    const own = shown.find((each) => loadedVnf(each).recovery?.mechanism === name);
    const alone = recoveryPolicy.safeParse({ mechanism: name }).data;
    const policy = own === undefined ? alone : loadedVnf(own).recovery;
    if (policy === undefined) return [];
    return [{ name, policy, topology: withPolicy(own ?? standard, policy) }];
  });
}

/** The VNF that the topology's load goes through. */
export function loadedVnf({ name, traffic, vnfs }: Topology): VnfSpec {
  const vnf = vnfs[traffic?.vnf ?? ''];
  if (vnf === undefined) throw new FerryError('TOPOLOGY_INVALID', `${name} has no load`, 'traffic');
  return vnf;
}

/** The topology with that VNF protected so, or not at all. */
export function withPolicy(topology: Topology, recovery: RecoveryPolicy | undefined): Topology {
  const name = topology.traffic?.vnf ?? '';
  const vnf = { ...loadedVnf(topology), recovery };
  return { ...topology, vnfs: { ...topology.vnfs, [name]: vnf }, chaos: [] };
}

/** Those of the package that have a load, the NAT's first. */
async function shownTopologies(): Promise<Topology[]> {
  const folder = packagePath('topologies');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  const paths = [RECOVERY_TOPOLOGY, ...files.map((name) => join(folder, name))];
  const all = await Promise.all(paths.map((path) => loadTopology(path)));
  return all.filter(({ traffic }) => traffic !== undefined);
}
