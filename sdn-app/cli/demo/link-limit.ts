/** On links that data and migration share: how near to the best that can be the migration came. */
import { resolveLinks } from '../../contract/resolve.js';
import type { Topology } from '../../contract/topology.js';

export interface LinkLoad {
  /** Rate of srcHost's migration link in bit/s. */
  capacityBps: number;
  /** Data that leaves srcHost over that link, in bit/s. */
  dataBps: number;
  stateletBps: number;
  snapshotBytes: number;
}

/** snapshot / (capacity - data - statelets) in ms; null when the link has no room at all. */
export function limitMs(load: LinkLoad): number | null {
  const room = load.capacityBps - load.dataBps - load.stateletBps;
  return room <= 0 ? null : (load.snapshotBytes * 8 * 1000) / room;
}

/** The shaped link that `host` sends its migration stream over; undefined when nothing limits it. */
export function migrationLink(
  topology: Topology,
  host: string,
): { hostInterface: string; bandwidthBps: number } | undefined {
  const link = resolveLinks(topology).find(
    (each) => each.host === host && each.carries.includes('migration'),
  );
  if (link?.bandwidthBps === undefined) return undefined;
  return { hostInterface: link.hostInterface, bandwidthBps: link.bandwidthBps };
}
