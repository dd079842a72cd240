/** Addresses of the hosts that the load generator plays: in the VNF's networks, and nobody's. */
import { FerryError } from '../../contract/errors.js';
import { ipv4ToNumber, parseInterface } from '../../contract/names.js';
import { nfDefinition } from '../../contract/nf.js';
import { resolveLinks } from '../../contract/resolve.js';
import {
  PREFILL_PORTS,
  portOrder,
  trafficPorts,
  type Topology,
  type TrafficSpec,
} from '../../contract/topology.js';

export interface EmulatedHosts {
  client: { interface: string; mac: string };
  server: { interface: string; mac: string };
  /** First of as many addresses as the load has clients. Their ports are equal, so that a NAT must choose. */
  firstClient: string;
  /** First of the addresses of the prefilled entries, and how many of them each has. */
  prefillAddress: string;
  prefillPorts: number;
  serverAddress: string;
  /** The VNF's inside address: next hop of the clients. */
  nextHop: string;
}

/** @throws FerryError TOPOLOGY_INVALID when the inside network has no room. */
export function emulatedHosts(topology: Topology, load: TrafficSpec): EmulatedHosts {
  const ports = trafficPorts(topology, load);
  if (ports === undefined) {
    throw new FerryError('VNF_UNKNOWN', `no VNF ${load.vnf} with two ports`, 'traffic.vnf');
  }
  const { client: inside, server: outside } = ports;
  const taken = takenAddresses(topology);
  const prefillPorts = prefillPortsOf(topology, load);
  const prefillHosts = Math.ceil(load.entries / prefillPorts);
  const range = rangeOf(inside.address);
  // The lower quarter is left to hosts that exist.
  const first = range.first + Math.floor((range.last - range.first) / 4) + 1;
  const end = first + load.clients + prefillHosts;
  if (end > range.last || taken.some((address) => address >= first && address < end)) {
    const message = `no ${load.clients + prefillHosts} free addresses from ${numberToIpv4(first)} on`;
    throw new FerryError('TOPOLOGY_INVALID', message, `networks.${inside.network}.subnet`);
  }
  return {
    client: linkOf(topology, load.client, inside.network),
    server: linkOf(topology, load.server, outside.network),
    firstClient: numberToIpv4(first),
    prefillAddress: numberToIpv4(first + load.clients),
    prefillPorts,
    serverAddress: lastFree(outside.address, taken),
    nextHop: parseInterface(inside.address).address,
  };
}

/** Each address of its own, where state is held for each host. */
function prefillPortsOf({ vnfs }: Topology, load: TrafficSpec): number {
  const vnf = vnfs[load.vnf];
  const byHost = vnf !== undefined && nfDefinition(vnf.kind).stateOfHosts === true;
  return byHost && load.entries > load.flows ? 1 : PREFILL_PORTS;
}

function takenAddresses(topology: Topology): number[] {
  const texts = topology.links.map((link) => parseInterface(link.address).address);
  for (const host of Object.values(topology.hosts)) if (host.gateway) texts.push(host.gateway);
  for (const vnf of Object.values(topology.vnfs)) {
    texts.push(...Object.values(vnf.ports).map((port) => parseInterface(port.address).address));
    const { ownAddresses, peerAddresses } = nfDefinition(vnf.kind);
    for (const port of portOrder(vnf)) {
      texts.push(...(ownAddresses?.(vnf.config, port) ?? []).map(({ address }) => address));
    }
    texts.push(...(peerAddresses?.(vnf.config) ?? []));
  }
  return texts.map(ipv4ToNumber);
}

/** Usable addresses of a subnet: its network and broadcast address left out. */
function rangeOf(subnet: string): { first: number; last: number } {
  const { network, prefix } = parseInterface(subnet);
  return { first: network + 1, last: network + 2 ** (32 - prefix) - 2 };
}

function lastFree(subnet: string, taken: readonly number[]): string {
  const { first, last } = rangeOf(subnet);
  for (let address = last; address >= first; address -= 1) {
    if (!taken.includes(address)) return numberToIpv4(address);
  }
  throw new FerryError('TOPOLOGY_INVALID', `${subnet} has no free address`, 'networks');
}

/** The generator uses its host's own MAC address: switches know where that is. */
function linkOf(
  topology: Topology,
  host: string,
  network: string,
): { interface: string; mac: string } {
  const link = resolveLinks(topology).find(
    (each) => each.host === host && each.network === network,
  );
  if (link === undefined) {
    throw new FerryError('TOPOLOGY_INVALID', `${host} has no link to ${network}`, 'traffic');
  }
  return { interface: link.hostInterface, mac: link.mac };
}

function numberToIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
