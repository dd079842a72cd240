/** Table 1: where a frame goes within its network. Nothing crosses networks. */
import type { Flow, FlowAction } from './flow.js';
import { floodGroup, vnfPortGroup } from './groups.js';
import { networkId, type SwitchNetwork } from './network.js';
import { ETH_TYPE } from './tables.js';
import { vnfPorts, type VnfPort } from './vnf-port.js';

const PRIORITY = { announce: 500, vnf: 400, vnfArp: 300, host: 200, flood: 100, miss: 0 };
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** `placed` names the VNFs that have an active instance; frames to the others are dropped. */
export function delivery(network: SwitchNetwork, placed: ReadonlySet<string>): Flow[] {
  const { topology, networks, links } = network;
  return [
    { table: 'delivery', priority: PRIORITY.miss, match: {}, actions: [] },
    ...networks.map((name) => flood(network, name)),
    ...links.flatMap(({ out, mac, network: name }): Flow[] => {
      if (out === undefined || !networks.includes(name)) return [];
      const match = { metadata: networkId(topology, name), ethDst: mac };
      const actions: FlowAction[] = [{ type: 'output', ...out }];
      return [{ table: 'delivery', priority: PRIORITY.host, match, actions }];
    }),
    ...network.vnfs.flatMap((vnf) =>
      vnfPorts(topology, vnf)
        .filter((port) => networks.includes(port.network))
        .flatMap((port) => toVnf(network, vnf, port, placed.has(vnf))),
    ),
  ];
}

function flood(network: SwitchNetwork, name: string): Flow {
  const match = { metadata: networkId(network.topology, name) };
  const groupId = floodGroup(network.topology, name);
  return {
    table: 'delivery',
    priority: PRIORITY.flood,
    match,
    actions: [{ type: 'group', groupId }],
  };
}

function toVnf(network: SwitchNetwork, vnf: string, port: VnfPort, placed: boolean): Flow[] {
  const metadata = networkId(network.topology, port.network);
  const groupId = vnfPortGroup(network.topology, vnf, port.index);
  const actions: FlowAction[] = placed ? [{ type: 'group', groupId }] : [];
  const flow = (priority: number, match: Flow['match']): Flow => {
    return { table: 'delivery', priority, match: { metadata, ...match }, actions };
  };
  return [
    flow(PRIORITY.vnf, { ethDst: port.mac }),
    ...port.addresses.map((arpTpa) => flow(PRIORITY.vnfArp, { ethType: ETH_TYPE.arp, arpTpa })),
    // An announcement (RFC 5227 section 2.3) asks for the VNF's own address: it must not go back.
    {
      ...flow(PRIORITY.announce, { ethSrc: port.mac, ethDst: BROADCAST }),
      actions: [{ type: 'group', groupId: floodGroup(network.topology, port.network) }],
    },
  ];
}
