/** Which hosts have room for a VNF: one VNF per host link, since an instance takes all its packets. */
import { linksForVnf } from '../contract/resolve.js';
import type { Topology, VnfSpec } from '../contract/topology.js';
import type { VnfPort } from './port.js';

/** Where a running migration takes a VNF. */
export interface Destination {
  vnf: string;
  destHost: string;
}

/** Host interfaces that other VNFs use or are about to use, and whose they are. */
export function interfacesOfOthers(
  vnf: string,
  topology: Topology,
  vnfs: Pick<VnfPort, 'get'>,
  migrating: readonly Destination[] = [],
): Map<string, string> {
  const taken = new Map<string, string>();
  const take = (name: string, host: string, spec: VnfSpec) => {
    for (const { hostInterface } of linksForVnf(topology, host, spec) ?? []) {
      taken.set(hostInterface, name);
    }
  };
  for (const [name, spec] of Object.entries(topology.vnfs)) {
    if (name === vnf) continue;
    const serving = vnfs.get(name);
    take(name, serving?.host ?? spec.host, spec);
    for (const { host } of serving?.parts ?? []) take(name, host, spec);
    for (const each of migrating) if (each.vnf === name) take(name, each.destHost, spec);
  }
  return taken;
}

/** Hosts with an agent and, to each network of the VNF, a link that no other VNF uses. */
export function freeHosts(vnf: string, topology: Topology, vnfs: Pick<VnfPort, 'get'>): string[] {
  const spec = topology.vnfs[vnf];
  if (spec === undefined) return [];
  const taken = interfacesOfOthers(vnf, topology, vnfs);
  return Object.entries(topology.hosts)
    .filter(([, { agent }]) => agent)
    .map(([host]) => host)
    .filter((host) => {
      const links = linksForVnf(topology, host, spec);
      return links !== undefined && !links.some((link) => taken.has(link.hostInterface));
    });
}
