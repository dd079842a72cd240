/**
 * Labels: the VLAN ids that frames carry on trunks, fixed by the topology and by which trunks
 * live. The switch where a frame enters the network decides where it shall leave it, and writes
 * that down; the switches on the way only read. So what is redirected at the edge never overtakes
 * what is already on its way, and no switch in between needs to change with it.
 */
import type { Topology } from '../contract/topology.js';

const LINK = 16;
const FLOOD = 2048;
/** Trees that a network's flooding tells apart, so that frames of an old one end with it. */
export const TREES = 16;

/** To one host's link, by its place in the file. */
export function linkLabel(index: number): number {
  return LINK + index;
}

/** To everybody in a network, along the tree with this number (0 to TREES - 1). */
export function floodLabel(topology: Topology, network: string, tree: number): number {
  return FLOOD + Object.keys(topology.networks).indexOf(network) * TREES + tree;
}
