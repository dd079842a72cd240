/** Where a VNF's instances are and which of them may speak: what steering turns into flows. */
import { FerryError } from '../contract/errors.js';
import { linksForVnf, resolveLinks, type ResolvedLink } from '../contract/resolve.js';
import { portOrder, type Topology } from '../contract/topology.js';

/** One host's link for each port of the VNF, in the NF's port order. */
export type InstanceLinks = readonly ResolvedLink[];

export interface Placement {
  vnf: string;
  /** The instance that receives. */
  activeLinks: InstanceLinks;
  /** The instances that may send with the virtual MACs. */
  speakers: readonly InstanceLinks[];
  /** The instance whose egress markers go to the active one. */
  drainFrom?: InstanceLinks;
}

/** The stable form: one instance receives and it alone may speak. */
export function servingOn(topology: Topology, vnf: string, host: string): Placement {
  const links = instanceLinks(topology, vnf, host);
  return { vnf, activeLinks: links, speakers: [links] };
}

/** While draining: destInst receives, srcInst may still send what it has in flight. */
export function drainingTo(
  topology: Topology,
  vnf: string,
  srcHost: string,
  destHost: string,
): Placement {
  const src = instanceLinks(topology, vnf, srcHost);
  const dest = instanceLinks(topology, vnf, destHost);
  return { vnf, activeLinks: dest, speakers: [src, dest], drainFrom: src };
}

/** Throws VNF_UNKNOWN, or HOST_NOT_SUITABLE when the host lacks a link to one of the networks. */
export function instanceLinks(topology: Topology, vnf: string, host: string): InstanceLinks {
  const spec = topology.vnfs[vnf];
  if (spec === undefined) {
    throw new FerryError('VNF_UNKNOWN', `the topology declares no VNF ${vnf}`, 'vnf');
  }
  const links = linksForVnf(resolveLinks(topology), host, spec, portOrder(spec));
  if (links === undefined) {
    const message = `host ${host} has no data link to every network of VNF ${vnf}`;
    throw new FerryError('HOST_NOT_SUITABLE', message, 'host');
  }
  return links;
}
