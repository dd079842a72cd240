/**
 * Group ids, fixed by the topology alone: after a restart of the controller the witness finds the
 * group of a VNF port without asking anybody. All of Ferry's begin with 0x46.
 */
import type { Topology } from '../contract/topology.js';

const VNF_PORT = 0x4600_0000;
const PART = 0x4640_0000;
const FLOOD = 0x4680_0000;
const TRANSIT_FLOOD = 0x46c0_0000;
/** Room of each VNF; contract/instance.ts allows 8 ports. */
const PORTS_PER_VNF = 16;

/** INDIRECT group whose one bucket is the active instance's link. `port` counts in the NF's order. */
export function vnfPortGroup(topology: Topology, vnf: string, port: number): number {
  return VNF_PORT + Object.keys(topology.vnfs).indexOf(vnf) * PORTS_PER_VNF + port;
}

/** Parts of one VNF that can be apart at a time. */
export const MAX_PARTS = 63;

/** The same for the instance that does part `number` (0 to MAX_PARTS - 1) of the VNF's work. */
export function partPortGroup(
  topology: Topology,
  vnf: string,
  number: number,
  port: number,
): number {
  const ofVnf = Object.keys(topology.vnfs).indexOf(vnf) * (MAX_PARTS + 1);
  return PART + (ofVnf + number) * PORTS_PER_VNF + port;
}

/** The part of the VNF whose group this is; undefined when it is no such group. */
export function partOfGroup(topology: Topology, vnf: string, groupId: number): number | undefined {
  const place = Math.floor((groupId - partPortGroup(topology, vnf, 0, 0)) / PORTS_PER_VNF);
  return place >= 0 && place < MAX_PARTS ? place : undefined;
}

/** ALL group of every instance of a VNF, for what each of them has to hear. */
export function everyInstanceGroup(topology: Topology, vnf: string, port: number): number {
  return partPortGroup(topology, vnf, MAX_PARTS, port);
}

/** ALL group of every port of a network. */
export function floodGroup(topology: Topology, network: string): number {
  return FLOOD + Object.keys(topology.networks).indexOf(network);
}

/** ALL group of every port of a network and of the tree, for frames that came by a trunk. */
export function transitFloodGroup(topology: Topology, network: string): number {
  return TRANSIT_FLOOD + Object.keys(topology.networks).indexOf(network);
}

export function isFerryGroup(groupId: number): boolean {
  return groupId >>> 24 === VNF_PORT >>> 24;
}
