/** Table 1: where a frame goes within its network. Nothing crosses networks. */
import type { Flow, FlowAction } from './flow.js';
import { everyInstanceGroup, floodGroup, partPortGroup, vnfPortGroup } from './groups.js';
import type { Ipv4Match } from '../contract/flow-filter.js';
import { prefixLength } from '../contract/ipv4-network.js';
import { networkId, type SwitchNetwork } from './network.js';
import type { PlacedPart, Placement } from './placement.js';
import { ETH_TYPE, IP_PROTO } from './tables.js';
import { vnfPorts, type VnfPort } from './vnf-port.js';

const PRIORITY = {
  announce: 500,
  /** And the length of the prefixes and the number of ports: what lies in another comes first. */
  part: 410,
  everyInstance: 405,
  vnf: 400,
  vnfArp: 300,
  host: 200,
  flood: 100,
  miss: 0,
};
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** Frames to a VNF that has no placement are dropped. */
export function delivery(network: SwitchNetwork, placements: readonly Placement[]): Flow[] {
  const { topology, networks, links } = network;
  const placed = new Map(placements.map((placement) => [placement.vnf, placement]));
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
        .flatMap((port) => [
          ...toVnf(network, vnf, port, placed.has(vnf)),
          ...toParts(network, vnf, port, placed.get(vnf)?.parts ?? []),
        ]),
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

/** Frames of a part, and answers to ARP, which nobody can tell whose question they answer. */
function toParts(
  network: SwitchNetwork,
  vnf: string,
  port: VnfPort,
  parts: readonly PlacedPart[],
): Flow[] {
  if (parts.length === 0) return [];
  const { topology } = network;
  const metadata = networkId(topology, port.network);
  const flow = (priority: number, match: Flow['match'], groupId: number): Flow => ({
    table: 'delivery',
    priority,
    match: { metadata, ethDst: port.mac, ...match },
    actions: [{ type: 'group', groupId }],
  });
  return [
    flow(
      PRIORITY.everyInstance,
      { ethType: ETH_TYPE.arp },
      everyInstanceGroup(topology, vnf, port.index),
    ),
    ...parts.flatMap(({ number, matches }) =>
      (matches[port.index] ?? []).flatMap((each) => {
        const group = partPortGroup(topology, vnf, number, port.index);
        return matchesOf(each).map((match) => flow(PRIORITY.part + narrowness(each), match, group));
      }),
    ),
  ];
}

/** A port is TCP's or UDP's: what means both takes two flows. */
function matchesOf({ src, dst, srcPort, dstPort }: Ipv4Match): Flow['match'][] {
  const match = {
    ethType: ETH_TYPE.ipv4,
    ...(src === undefined ? {} : { ipv4Src: src }),
    ...(dst === undefined ? {} : { ipv4Dst: dst }),
  };
  if ((srcPort ?? dstPort) === undefined) return [match];
  return [
    {
      ...match,
      ipProto: IP_PROTO.tcp,
      ...(srcPort === undefined ? {} : { tcpSrc: srcPort }),
      ...(dstPort === undefined ? {} : { tcpDst: dstPort }),
    },
    {
      ...match,
      ipProto: IP_PROTO.udp,
      ...(srcPort === undefined ? {} : { udpSrc: srcPort }),
      ...(dstPort === undefined ? {} : { udpDst: dstPort }),
    },
  ];
}

/** Of two parts of which one lies in the other, that one has more. */
function narrowness({ src, dst, srcPort, dstPort }: Ipv4Match): number {
  const networks = [src, dst].filter((each) => each !== undefined);
  const ports = [srcPort, dstPort].filter((each) => each !== undefined);
  return networks.reduce((sum, each) => sum + prefixLength(each), ports.length);
}
