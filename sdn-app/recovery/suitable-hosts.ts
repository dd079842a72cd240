/** The hosts that could run a VNF now: agent connected, links to its networks up and free. */
import { linksForVnf, resolveLinks } from '../contract/resolve.js';
import { portOrder, type VnfSpec } from '../contract/topology.js';
import type { RecoveryPorts } from './ports.js';
import type { Recovery } from './recovery.js';

/** Faults after which the host itself is not to be used. */
const HOST_FAULTS: readonly string[] = ['hostSilent', 'linkDown'];

/** Where a VNF can come back: where it was first, unless that has failed; then `preferred`. */
export function hostsAfter(
  { record, fault }: Recovery,
  preferred: string | undefined,
  ports: Parameters<typeof suitableHosts>[1],
): string[] {
  const hosts = suitableHosts(record.vnf, ports);
  const isUsable = !HOST_FAULTS.includes(fault.type);
  const order = [isUsable ? record.srcHost : undefined, preferred];
  const first = order.filter((host) => host !== undefined && hosts.includes(host));
  const others = hosts.filter((host) => host !== record.srcHost);
  return [...new Set([...first, ...others])].filter((host) => host !== undefined);
}

export function suitableHosts(
  vnf: string,
  ports: Pick<RecoveryPorts, 'topology' | 'hosts' | 'steering' | 'vnfs'>,
): string[] {
  const { topology, hosts, steering, vnfs } = ports;
  const spec = topology.vnfs[vnf];
  if (spec === undefined) return [];
  const links = resolveLinks(topology);
  const interfaces = (host: string, of: VnfSpec) =>
    (linksForVnf(links, host, of, portOrder(of)) ?? []).map(({ hostInterface }) => hostInterface);
  const taken = Object.entries(topology.vnfs).flatMap(([name, other]) =>
    name === vnf ? [] : interfaces(vnfs.get(name)?.host ?? other.host, other),
  );
  return vnfs.hosts.filter((host) => {
    const own = interfaces(host, spec);
    const isFree = own.length > 0 && !own.some((each) => taken.includes(each));
    return isFree && hosts.connected(host) && steering.downLinks(vnf, host).length === 0;
  });
}
