/** Where a demo moves a VNF next: round the hosts that can run it. */
import { FerryError } from '../../contract/errors.js';
import { canHaveVnf } from '../../contract/resolve.js';
import type { Topology } from '../../contract/topology.js';

/** @throws FerryError HOST_NOT_SUITABLE when there is no other host for it. */
export function nextHost(topology: Topology, name: string, current: string): string {
  const vnf = topology.vnfs[name];
  if (vnf === undefined) throw new FerryError('VNF_UNKNOWN', `no VNF ${name}`, 'traffic.vnf');
  const able = Object.keys(topology.hosts).filter((host) => canHaveVnf(topology, host, vnf));
  const next = able[(able.indexOf(current) + 1) % able.length];
  if (next === undefined || next === current) {
    throw new FerryError('HOST_NOT_SUITABLE', `only ${current} can run ${name}`, `vnfs.${name}`);
  }
  return next;
}
