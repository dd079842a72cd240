/** The hosts that could run a VNF now: free for it, agent connected, links up. */
import { freeHosts } from '../vnfs/free-hosts.js';
import type { RecoveryPorts } from './ports.js';
import type { Recovery } from './recovery.js';

type Ports = Pick<RecoveryPorts, 'topology' | 'hosts' | 'steering' | 'vnfs'>;

/** Faults after which the host itself is not to be used. */
const HOST_FAULTS: readonly string[] = ['hostSilent', 'linkDown', 'linkSilent'];

/** Where a VNF can come back: where it was first, unless that has failed; then `preferred`. */
export function hostsAfter(
  { record, fault }: Recovery,
  preferred: string | undefined,
  ports: Ports,
): string[] {
  const hosts = usableHosts(record.vnf, ports);
  const isUsable = !HOST_FAULTS.includes(fault.type);
  const order = [isUsable ? record.srcHost : undefined, preferred];
  const first = order.filter((host) => host !== undefined && hosts.includes(host));
  const others = hosts.filter((host) => host !== record.srcHost);
  return [...new Set([...first, ...others])].filter((host) => host !== undefined);
}

/** Where a VNF could have an instance now, those where it has one included. */
export function usableHosts(vnf: string, ports: Ports): string[] {
  const free = freeHosts(vnf, ports.topology, ports.vnfs);
  return free.filter((host) => isUp(vnf, host, ports));
}

/** Where its standby can be: the preferred host if that can, else the first; or why nowhere. */
export function standbyHost(
  vnf: string,
  servingHost: string,
  preferred: string | undefined,
  ports: Ports,
): { host: string } | { reason: string } {
  const free = freeHosts(vnf, ports.topology, ports.vnfs).filter((host) => host !== servingHost);
  if (free.length === 0) return { reason: 'no other host has free links to its networks' };
  const able = free.filter((host) => isUp(vnf, host, ports));
  const host = able.find((each) => each === preferred) ?? able[0];
  if (host !== undefined) return { host };
  return { reason: `waiting for ${free.join(' or ')}: its agent or a link of it is away` };
}

function isUp(vnf: string, host: string, { hosts, steering }: Ports): boolean {
  return hosts.connected(host) && steering.downLinks(vnf, host).length === 0;
}
