/** The hosts that could run a VNF now: agent connected, links to its networks up and free. */
import { linksForVnf, resolveLinks } from '../contract/resolve.js';
import { portOrder, type VnfSpec } from '../contract/topology.js';
import type { RecoveryPorts } from './ports.js';

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
