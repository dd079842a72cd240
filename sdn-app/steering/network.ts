/** A topology as one switch sees it: its own ports, and the ways to those of others. */
import { FerryError } from '../contract/errors.js';
import { resolveLinks, type ResolvedLink } from '../contract/resolve.js';
import { portOrder, type Topology, type VnfSpec } from '../contract/topology.js';
import { Fabric } from './fabric.js';
import type { Output } from './flow.js';
import { linkLabel } from './labels.js';

export interface SwitchNetwork {
  switchName: string;
  topology: Topology;
  /** Every link of the topology, in file order. */
  links: readonly SwitchLink[];
  /** Networks that have a link on this switch. */
  networks: readonly string[];
  /** Names of the VNFs that this switch steers: those on one of its networks. */
  vnfs: readonly string[];
  /** Ends of live trunks at this switch; `inTree` for those that floods use. */
  trunks: readonly { portNo: number; inTree: boolean }[];
  /** Of the tree that floods use. */
  treeNumber: number;
}

export interface SwitchLink extends ResolvedLink {
  /** On this switch, rather than on another one. */
  local: boolean;
  label: number;
  /** Way to it; undefined while the switch has no such port, or no trunk leads there. */
  out: Output | undefined;
}

/**
 * The network as `switchName` sees it; `ports` maps the switch's port names to numbers. Throws
 * TOPOLOGY_UNKNOWN_REFERENCE for an unknown switch.
 */
export function switchNetwork(
  topology: Topology,
  switchName: string,
  ports: ReadonlyMap<string, number>,
  fabric: Fabric = new Fabric(topology),
): SwitchNetwork {
  if (topology.switches[switchName] === undefined) {
    const message = `the topology declares no switch ${switchName}`;
    throw new FerryError('TOPOLOGY_UNKNOWN_REFERENCE', message, 'switches');
  }
  const wayTo = (target: string): number | undefined => {
    const hop = fabric.next(switchName, target);
    return hop === undefined ? undefined : (hop.near.port ?? ports.get(hop.near.interface));
  };
  const ways = new Map(Object.keys(topology.switches).map((name) => [name, wayTo(name)]));
  const links = resolveLinks(topology).map((link, index): SwitchLink => {
    const local = link.switch === switchName;
    const label = linkLabel(index);
    const port = local ? (link.port ?? ports.get(link.switchInterface)) : ways.get(link.switch);
    const out = port === undefined ? undefined : local ? { port } : { port, push: label };
    return { ...link, local, label, out };
  });
  const locals = links.filter(({ local }) => local);
  return {
    switchName,
    topology,
    links,
    networks: [...new Set(locals.map(({ network }) => network))],
    vnfs: Object.entries(topology.vnfs)
      .filter(([, vnf]) => switchesOfVnf(topology, vnf).includes(switchName))
      .map(([name]) => name),
    trunks: fabric.hops(switchName).flatMap(({ near, inTree }) => {
      const portNo = near.port ?? ports.get(near.interface);
      return portNo === undefined ? [] : [{ portNo, inTree }];
    }),
    treeNumber: fabric.treeNumber,
  };
}

/** The switches where frames for a VNF may enter, in file order: those with a link to its networks. */
export function switchesOfVnf(topology: Topology, vnf: VnfSpec): string[] {
  const networks = portOrder(vnf).map((port) => vnf.ports[port]?.network);
  return switchesOf(topology, networks);
}

/** The switches that have a link to one of the networks, in file order. */
export function switchesOf(
  topology: Topology,
  networks: readonly (string | undefined)[],
): string[] {
  const found = topology.links.filter(({ network }) => networks.includes(network));
  const names = new Set(found.map((link) => link.switch));
  return Object.keys(topology.switches).filter((name) => names.has(name));
}

/** A link as this switch sees it. */
export function seen(network: SwitchNetwork, link: ResolvedLink): SwitchLink | undefined {
  return network.links.find((each) => each.switchInterface === link.switchInterface);
}

/** The way to a link; throws TOPOLOGY_INVALID when there is none (yet). */
export function wayTo(network: SwitchNetwork, link: ResolvedLink): Output {
  const found = seen(network, link);
  if (found?.out !== undefined) return found.out;
  const name = link.switchInterface;
  const index = network.links.findIndex((each) => each.switchInterface === name);
  const message =
    found?.local === false
      ? `switch ${network.switchName} has no way to ${name}: the trunks are down`
      : `switch ${network.switchName} has no port ${name}`;
  throw new FerryError('TOPOLOGY_INVALID', message, `links.${index}`);
}

/** Metadata of a network: its place in the file, from 1 (0 is what a frame starts with). */
export function networkId(topology: Topology, name: string): bigint {
  return BigInt(Object.keys(topology.networks).indexOf(name) + 1);
}
