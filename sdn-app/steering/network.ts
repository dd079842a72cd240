/** The part of a topology that one switch carries, with its OpenFlow port numbers. */
import { FerryError } from '../contract/errors.js';
import { resolveLinks, type ResolvedLink } from '../contract/resolve.js';
import { portOrder, type Topology, type VnfSpec } from '../contract/topology.js';

export interface SwitchNetwork {
  switchName: string;
  topology: Topology;
  /** Links of this switch, in file order; `portNo` is undefined while the switch has no such port. */
  links: readonly SwitchLink[];
  /** Names of the VNFs that this switch steers. */
  vnfs: readonly string[];
}

export interface SwitchLink extends ResolvedLink {
  portNo: number | undefined;
}

/**
 * The network of `switchName`; `ports` maps the switch's port names to numbers.
 * Throws TOPOLOGY_INVALID for a VNF whose networks span several switches, which steering cannot
 * serve, and TOPOLOGY_UNKNOWN_REFERENCE for an unknown switch.
 */
export function switchNetwork(
  topology: Topology,
  switchName: string,
  ports: ReadonlyMap<string, number>,
): SwitchNetwork {
  if (topology.switches[switchName] === undefined) {
    const message = `the topology declares no switch ${switchName}`;
    throw new FerryError('TOPOLOGY_UNKNOWN_REFERENCE', message, 'switches');
  }
  const links = resolveLinks(topology);
  return {
    switchName,
    topology,
    links: links
      .filter((link) => link.switch === switchName)
      .map((link) => ({ ...link, portNo: link.port ?? ports.get(link.switchInterface) })),
    vnfs: Object.entries(topology.vnfs)
      .filter(([name, vnf]) => switchOfVnf(links, name, vnf) === switchName)
      .map(([name]) => name),
  };
}

/** The one switch that carries all networks of a VNF. */
export function switchOfVnf(links: readonly ResolvedLink[], name: string, vnf: VnfSpec): string {
  let found: string | undefined;
  for (const portName of portOrder(vnf)) {
    const field = `vnfs.${name}.ports.${portName}.network`;
    const network = vnf.ports[portName]?.network;
    const switches = links.filter((link) => link.network === network).map((link) => link.switch);
    for (const each of switches) {
      found ??= each;
      if (each === found) continue;
      const message = `network ${network ?? ''} of VNF ${name} spans switches ${found} and ${each}; all networks of a VNF must be on one switch`;
      throw new FerryError('TOPOLOGY_INVALID', message, field);
    }
    if (switches.length === 0) {
      const message = `no link reaches network ${network ?? '(none)'} of VNF ${name}`;
      throw new FerryError('TOPOLOGY_INVALID', message, field);
    }
  }
  if (found === undefined) {
    throw new FerryError('TOPOLOGY_INVALID', `VNF ${name} has no port`, `vnfs.${name}.ports`);
  }
  return found;
}

/** Port number of a link on this switch; undefined when the switch has no such port. */
export function portNumber(network: SwitchNetwork, link: ResolvedLink): number | undefined {
  return network.links.find((each) => each.switchInterface === link.switchInterface)?.portNo;
}

/** The same, but throws TOPOLOGY_INVALID when the switch has no such port. */
export function portOf(network: SwitchNetwork, link: ResolvedLink): number {
  const portNo = portNumber(network, link);
  if (portNo !== undefined) return portNo;
  const name = link.switchInterface;
  const index = resolveLinks(network.topology).findIndex((each) => each.switchInterface === name);
  const message = `switch ${network.switchName} has no port ${name}`;
  throw new FerryError('TOPOLOGY_INVALID', message, `links.${index}`);
}

/** Metadata of a network: its place in the file, from 1 (0 is what a frame starts with). */
export function networkId(topology: Topology, name: string): bigint {
  return BigInt(Object.keys(topology.networks).indexOf(name) + 1);
}
