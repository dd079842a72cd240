/** From placements to everything that Ferry wants on one switch. */
import { FerryError } from '../contract/errors.js';
import { admission } from './admission.js';
import { delivery } from './delivery.js';
import type { Desired, Group } from './flow.js';
import { floodGroup, vnfPortGroup } from './groups.js';
import { portOf, type SwitchNetwork } from './network.js';
import type { Placement } from './placement.js';
import { checkFlow } from './tables.js';

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
  const flows = [...admission(network, placements), ...delivery(network, placed)];
  return { groups: groups(network, placements), flows: flows.map(checkFlow) };
}

function groups(network: SwitchNetwork, placements: readonly Placement[]): Group[] {
  const { topology, links } = network;
  const networks = [...new Set(links.map((link) => link.network))];
  return [
    ...networks.map((name): Group => {
      const ports = links
        .filter((link) => link.network === name)
        .flatMap(({ portNo }) => (portNo === undefined ? [] : [portNo]));
      return { id: floodGroup(topology, name), type: 'all', ports: [...new Set(ports)] };
    }),
    ...placements.flatMap(({ vnf, activeLinks }) =>
      activeLinks.map((link, port): Group => {
        const id = vnfPortGroup(topology, vnf, port);
        return { id, type: 'indirect', ports: [portOf(network, link)] };
      }),
    ),
  ];
}
