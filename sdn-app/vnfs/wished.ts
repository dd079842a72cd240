/** From what a switch shall have for each VNF to the placements that it can have. */
import { messageOf } from '../contract/errors.js';
import type { Topology } from '../contract/topology.js';
import {
  drainingTo,
  servingOn,
  sharedBy,
  wayTo,
  type Placement,
  type SwitchNetwork,
} from '../steering/index.js';
import type { SteeringWish } from './steering-port.js';

/**
 * A VNF whose host's port the switch does not have (yet) is left out, fenced: `missing` says why. What
 * is for one that is `diverted` goes to the controller.
 */
export function wished(
  network: SwitchNetwork,
  wishes: ReadonlyMap<string, SteeringWish>,
  diverted: ReadonlySet<string>,
): { placements: Placement[]; missing: Map<string, string> } {
  const placements: Placement[] = [];
  const missing = new Map<string, string>();
  for (const [vnf, wish] of wishes) {
    // A VNF without a placement is fenced.
    if (wish.form === 'undecided' || wish.form === 'fenced') continue;
    const found = placementOf(network.topology, vnf, wish);
    const placement: Placement = diverted.has(vnf) ? { ...found, diverted: true } : found;
    try {
      for (const links of [placement.activeLinks, ...placement.speakers]) {
        for (const link of links) {
          if (network.networks.includes(link.network)) wayTo(network, link);
        }
      }
      placements.push(placement);
    } catch (error) {
      missing.set(vnf, messageOf(error));
    }
  }
  return { placements, missing };
}

function placementOf(
  topology: Topology,
  vnf: string,
  wish: Exclude<SteeringWish, { form: 'undecided' | 'fenced' }>,
): Placement {
  if (wish.form === 'serving') {
    const { host, parts = [] } = wish;
    return parts.length === 0
      ? servingOn(topology, vnf, host)
      : sharedBy(topology, vnf, host, parts);
  }
  const { srcHost, destHost, srcGone, shared } = wish.redirect;
  if (shared !== undefined) {
    const drain = srcGone ? undefined : { srcHost, destHost };
    return sharedBy(topology, vnf, shared.host, shared.parts, drain);
  }
  return srcGone
    ? servingOn(topology, vnf, destHost)
    : drainingTo(topology, vnf, srcHost, destHost);
}
