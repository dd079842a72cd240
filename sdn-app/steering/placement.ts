/** Where a VNF's instances are and which of them may speak: what steering turns into flows. */
import { FerryError } from '../contract/errors.js';
import type { Ipv4Match } from '../contract/flow-filter.js';
import { partOf } from '../contract/part.js';
import { linksForVnf, type ResolvedLink } from '../contract/resolve.js';
import { portOrder, type Topology } from '../contract/topology.js';

/** One host's link for each port of the VNF, in the NF's port order. */
export type InstanceLinks = readonly ResolvedLink[];

export interface Placement {
  vnf: string;
  /** The instance that receives; all but the parts, if there are any. */
  activeLinks: InstanceLinks;
  /** The instances that may send with the virtual MACs. */
  speakers: readonly InstanceLinks[];
  /** The instance whose egress markers go to the one that takes over. */
  drainFrom?: InstanceLinks;
  /** That one, when it is not the active one: only a part moves. */
  drainTo?: InstanceLinks;
  parts?: readonly PlacedPart[];
  /** What is for the VNF goes to the controller. */
  diverted?: true;
  /** Of a VNF with parts: the instances that hear what none of them can be told apart by. */
  hearers?: readonly InstanceLinks[];
}

/** A part of a VNF's work that an instance of its own does. */
export interface PlacedPart {
  number: number;
  /** For each port in the NF's order: what comes in there is of the part when one of these holds. */
  matches: readonly (readonly Ipv4Match[])[];
  activeLinks: InstanceLinks;
}

/** A part by its place and its filter. */
export interface PartPlace {
  number: number;
  flows: string;
  host: string;
}

/** Several instances share the work; while one part moves, `drain` says from where to where. */
export function sharedBy(
  topology: Topology,
  vnf: string,
  host: string,
  parts: readonly PartPlace[],
  drain?: { srcHost: string; destHost: string },
): Placement {
  const links = (each: string) => instanceLinks(topology, vnf, each);
  const hosts = [host, ...parts.map((part) => part.host)];
  // destInst that serves nothing yet is told of its first packet by nothing but the part's.
  const isNew =
    drain !== undefined &&
    host !== drain.destHost &&
    parts.filter((part) => part.host === drain.destHost).length === 1;
  if (drain !== undefined) hosts.push(drain.srcHost);
  const hearers = hosts.filter((each) => !isNew || each !== drain.destHost);
  if (drain !== undefined) hosts.push(drain.destHost);
  return {
    vnf,
    activeLinks: links(host),
    speakers: [...new Set(hosts)].map(links),
    hearers: [...new Set(hearers)].map(links),
    parts: parts.map(({ number, flows, host: at }) => {
      return { number, matches: matchesOf(topology, vnf, flows), activeLinks: links(at) };
    }),
    ...(drain === undefined
      ? {}
      : { drainFrom: links(drain.srcHost), drainTo: links(drain.destHost) }),
  };
}

function matchesOf(topology: Topology, vnf: string, flows: string): readonly Ipv4Match[][] {
  const spec = topology.vnfs[vnf];
  if (spec === undefined) return [];
  const { matches } = partOf(vnf, spec, flows);
  return portOrder(spec).map((name) => [...(matches[name] ?? [])]);
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
  const links = linksForVnf(topology, host, spec);
  if (links === undefined) {
    const message = `host ${host} has no data link to every network of VNF ${vnf}`;
    throw new FerryError('HOST_NOT_SUITABLE', message, 'host');
  }
  return links;
}
