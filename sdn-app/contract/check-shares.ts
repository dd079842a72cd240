/** That what several hosts do of a VNF's work, by its recovery, is all of it, and each thing once. */
import { FerryError } from './errors.js';
import { parseFlows, type TrafficPart } from './flow-filter.js';
import { networkCovered } from './ipv4-network.js';
import { nfDefinition } from './nf.js';
import { partOf, relationOf } from './part.js';
import { activeShares } from './recovery-policy.js';
import { canHaveVnf } from './resolve.js';
import type { Topology, VnfSpec } from './topology.js';

type Refuse = (place: string, message: string) => never;

/** `refuse` throws; its place is relative to the VNF. */
export function checkShares(topology: Topology, name: string, vnf: VnfSpec, refuse: Refuse): void {
  const shares = activeShares(vnf.recovery);
  if (shares === undefined) return;
  const hosts = shares.map(({ host }) => host);
  hosts.forEach((host, index) => {
    const place = `recovery.active.${index}.host`;
    if (hosts.indexOf(host) !== index) refuse(place, `${host} has a share already`);
    if (canHaveVnf(topology, host, vnf)) return;
    refuse(place, `${host} needs an agent, and a data link to each network of ${name}`);
  });
  if (!hosts.includes(vnf.host)) {
    refuse('host', `the VNF starts on ${vnf.host}: give it a share in recovery.active`);
  }
  const parts = shares.flatMap(({ flows }, index) =>
    flows.map((text, at) => {
      const place = `recovery.active.${index}.flows.${at}`;
      return { text, place, traffic: partAt(name, vnf, text, (why) => refuse(place, why)) };
    }),
  );
  parts.forEach(({ text, place, traffic }, index) => {
    const other = parts
      .slice(0, index)
      .find((each) => relationOf(vnf, traffic, each.traffic) !== 'apart');
    if (other !== undefined) refuse(place, `${text} is not apart from ${other.text}`);
  });
  const traffic = parts.map((each) => each.traffic);
  const missing = nfDefinition(vnf.kind)
    .units?.(vnf.config, vnf.ports)
    .find((unit) => !isCovered(name, vnf, unit, traffic));
  if (missing !== undefined) refuse('recovery.active', `no host has ${missing}`);
}

function partAt(
  name: string,
  vnf: VnfSpec,
  text: string,
  refuse: (why: string) => never,
): TrafficPart {
  try {
    return partOf(name, vnf, text);
  } catch (error) {
    if (error instanceof FerryError) return refuse(`${error.code}: ${error.message}`);
    throw error;
  }
}

/** One that cannot be a part by itself is of the part that its neighbours are of. */
function isCovered(
  name: string,
  vnf: VnfSpec,
  unit: string,
  parts: readonly TrafficPart[],
): boolean {
  const { src } = parseFlows(unit);
  if (src !== undefined) {
    return networkCovered(
      src,
      // What is of some ports only does not cover a network.
      parts.flatMap(({ flows: { src: net, ...others } }) =>
        net === undefined || Object.keys(others).length > 0 ? [] : net,
      ),
    );
  }
  let wanted: TrafficPart;
  try {
    wanted = partOf(name, vnf, unit);
  } catch {
    return true;
  }
  return parts.some((part) => ['same', 'around'].includes(relationOf(vnf, part, wanted)));
}
