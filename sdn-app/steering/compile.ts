/** From placements to everything that Ferry wants on one switch. */
import { FerryError } from '../contract/errors.js';
import { admission } from './admission.js';
import { delivery } from './delivery.js';
import { TO_CONTROLLER, type Desired, type Group, type Output } from './flow.js';
import { everyInstanceGroup, floodGroup, partPortGroup, vnfPortGroup } from './groups.js';
import { floodLabel } from './labels.js';
import { wayTo, type SwitchNetwork } from './network.js';
import type { Placement } from './placement.js';
import { checkFlow } from './tables.js';
import { localOutputs, transit, transitGroups } from './transit.js';

/**
 * Desired state of one switch. A VNF of the switch with no placement is fenced and gets nothing.
 * Links whose port the switch does not have yet are left out, but throw TOPOLOGY_INVALID when a
 * placement needs them; a placement of a VNF that this switch does not steer throws VNF_UNKNOWN.
 */
export function compile(network: SwitchNetwork, placements: readonly Placement[]): Desired {
  const placed = new Set<string>();
  for (const { vnf } of placements) {
    if (!network.vnfs.includes(vnf)) {
      const message = `switch ${network.switchName} does not steer a VNF ${vnf}`;
      throw new FerryError('VNF_UNKNOWN', message, 'vnf');
    }
    if (placed.has(vnf)) throw new FerryError('INTERNAL', `VNF ${vnf} is placed twice`, 'vnf');
    placed.add(vnf);
  }
  const flows = [
    ...admission(network, placements),
    ...delivery(network, placements),
    ...transit(network),
  ];
  return { groups: groups(network, placements), flows: flows.map(checkFlow) };
}

function groups(network: SwitchNetwork, placements: readonly Placement[]): Group[] {
  const { topology } = network;
  return [
    ...network.networks.map((name): Group => {
      const outputs = [...localOutputs(network, name), ...floodOutputs(network, name)];
      return { id: floodGroup(topology, name), type: 'all', outputs };
    }),
    ...transitGroups(network),
    ...placements.flatMap(({ vnf, activeLinks, diverted }) =>
      activeLinks.flatMap((link, port): Group[] => {
        if (!network.networks.includes(link.network)) return [];
        const id = vnfPortGroup(topology, vnf, port);
        const way = diverted === true ? TO_CONTROLLER : wayTo(network, link);
        return [{ id, type: 'indirect', outputs: [way] }];
      }),
    ),
    ...placements.flatMap((placement) => partGroups(network, placement)),
  ];
}

function partGroups(
  network: SwitchNetwork,
  { vnf, activeLinks, parts = [], hearers = [] }: Placement,
): Group[] {
  if (parts.length === 0) return [];
  const { topology } = network;
  return activeLinks.flatMap((link, port): Group[] => {
    if (!network.networks.includes(link.network)) return [];
    const ways = hearers.flatMap((links) => links[port] ?? []);
    return [
      {
        id: everyInstanceGroup(topology, vnf, port),
        type: 'all',
        outputs: ways.map((each) => wayTo(network, each)),
      },
      ...parts.flatMap((part): Group[] => {
        const own = part.activeLinks[port];
        if (own === undefined) return [];
        const id = partPortGroup(topology, vnf, part.number, port);
        return [{ id, type: 'indirect', outputs: [wayTo(network, own)] }];
      }),
    ];
  });
}

/** Along the tree, to those of the network that are on other switches. */
function floodOutputs(network: SwitchNetwork, name: string): Output[] {
  const push = floodLabel(network.topology, name, network.treeNumber);
  return network.trunks.flatMap(({ portNo, inTree }) => (inTree ? [{ port: portNo, push }] : []));
}
