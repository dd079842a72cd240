/** A topology with every name, port and address worked out: what the lab builds and the controller uses. */
import { FerryError } from './errors.js';
import { parseInterface } from './names.js';
import {
  portOrder,
  type LinkSpec,
  type Topology,
  type TrunkSpec,
  type VnfSpec,
} from './topology.js';

/** A link with the names that Mininet gives its two ends and the addresses that it gets. */
export interface ResolvedLink extends LinkSpec {
  /** Interface inside the host, like `client-eth0`. */
  hostInterface: string;
  /** Interface on the switch, like `s1-eth1`: the OpenFlow port's name. */
  switchInterface: string;
  mac: string;
}

/** One end of a trunk. */
export interface TrunkEnd {
  switch: string;
  /** Interface on the switch, like `s1-eth5`: the OpenFlow port's name. */
  interface: string;
  /** OpenFlow port number, when the file gives it. */
  port: number | undefined;
}

export interface ResolvedTrunk extends TrunkSpec {
  ends: readonly [TrunkEnd, TrunkEnd];
}

/** How Mininet counts: links are made in file order, host ports from 0, switch ports from 1. */
export function resolveLinks(topology: Topology): ResolvedLink[] {
  return resolve(topology).links;
}

/** Trunks are made after the links, in file order. */
export function resolveTrunks(topology: Topology): ResolvedTrunk[] {
  return resolve(topology).trunks;
}

function resolve(topology: Topology): { links: ResolvedLink[]; trunks: ResolvedTrunk[] } {
  const nextOfNode = new Map<string, number>();
  const take = (node: string, first: number): number => {
    const index = nextOfNode.get(node) ?? first;
    nextOfNode.set(node, index + 1);
    return index;
  };
  const links = topology.links.map((link, index) => ({
    ...link,
    hostInterface: `${link.host}-eth${take(link.host, 0)}`,
    switchInterface: `${link.switch}-eth${take(link.switch, 1)}`,
    mac: link.mac ?? derivedMac(index),
  }));
  const end = (name: string, port: number | undefined): TrunkEnd => ({
    switch: name,
    interface: `${name}-eth${take(name, 1)}`,
    port,
  });
  const trunks = topology.trunks.map((trunk) => {
    const [a, b] = trunk.between;
    const ends: [TrunkEnd, TrunkEnd] = [end(a, trunk.ports?.[0]), end(b, trunk.ports?.[1])];
    return { ...trunk, ends };
  });
  return { links, trunks };
}

function derivedMac(index: number): string {
  const hex = (index + 1).toString(16).padStart(8, '0');
  return `02:fd:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}`;
}

/** The link by which `host` reaches each port of `vnf`, in the NF's port order; undefined if one lacks. */
export function linksForVnf(
  topology: Topology,
  host: string,
  vnf: VnfSpec,
): ResolvedLink[] | undefined {
  const links = resolveLinks(topology);
  const found: ResolvedLink[] = [];
  for (const name of portOrder(vnf)) {
    const network = vnf.ports[name]?.network;
    const link = links.find(
      (each) => each.host === host && each.network === network && each.carries.includes('data'),
    );
    if (link === undefined) return undefined;
    found.push(link);
  }
  return found;
}

/** True for a host with an agent and a link to every network of `vnf`. */
export function canHaveVnf(topology: Topology, host: string, vnf: VnfSpec): boolean {
  return topology.hosts[host]?.agent === true && linksForVnf(topology, host, vnf) !== undefined;
}

/** Address at which `host` takes migration streams: a shared data link if it has one, else management. */
export function migrationAddress(topology: Topology, host: string): string {
  const shared = topology.links.find(
    (link) => link.host === host && link.carries.includes('migration'),
  );
  return shared === undefined
    ? managementAddress(topology, host)
    : parseInterface(shared.address).address;
}

/** Position of the last host that can have a management address. */
export const MAX_AGENT_INDEX = 250;
/** Management network: apart from the data network, the controller is .1, hosts follow in file order. */
export const MANAGEMENT = { controller: '172.31.255.1', prefix: 24, bridge: 'ferry-mgmt' } as const;

export function managementAddress(topology: Topology, host: string): string {
  const index = Object.keys(topology.hosts).indexOf(host);
  if (index < 0 || index > MAX_AGENT_INDEX) {
    throw new FerryError('HOST_UNKNOWN', `the topology declares no host ${host}`, 'host');
  }
  return `172.31.255.${index + 2}`;
}
