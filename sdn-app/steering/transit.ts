/** Table 2: frames from a trunk, by the label that the switch where they entered put on them. */
import type { Flow, FlowAction, Group, Output } from './flow.js';
import { transitFloodGroup } from './groups.js';
import { floodLabel } from './labels.js';
import type { SwitchNetwork } from './network.js';

const PRIORITY = { label: 100, miss: 0 };

export function transit(network: SwitchNetwork): Flow[] {
  if (network.topology.trunks.length === 0) return [];
  const flow = (label: number, action: FlowAction): Flow => ({
    table: 'transit',
    priority: PRIORITY.label,
    match: { label },
    actions: [action],
  });
  return [
    { table: 'transit', priority: PRIORITY.miss, match: {}, actions: [] },
    ...network.links.flatMap(({ label, local, out }) => {
      if (out === undefined) return [];
      const way: Output = local ? { port: out.port, pop: true } : { port: out.port };
      return [flow(label, { type: 'output', ...way })];
    }),
    ...Object.keys(network.topology.networks).map((name) =>
      flow(floodLabel(network.topology, name, network.treeNumber), {
        type: 'group',
        groupId: transitFloodGroup(network.topology, name),
      }),
    ),
  ];
}

/** To the hosts of a network here, and on along the tree. */
export function transitGroups(network: SwitchNetwork): Group[] {
  const { topology, trunks } = network;
  if (topology.trunks.length === 0) return [];
  const onward = trunks.flatMap(({ portNo, inTree }) => (inTree ? [{ port: portNo }] : []));
  return Object.keys(topology.networks).map((name): Group => {
    const here = localOutputs(network, name).map((output): Output => ({ ...output, pop: true }));
    return { id: transitFloodGroup(topology, name), type: 'all', outputs: [...onward, ...here] };
  });
}

/** The ports of a network on this switch. */
export function localOutputs(network: SwitchNetwork, name: string): Output[] {
  const found = network.links.flatMap(({ local, out, network: own }) =>
    local && out !== undefined && own === name ? [out.port] : [],
  );
  return [...new Set(found)].map((port) => ({ port }));
}
