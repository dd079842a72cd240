/** On which host a VNF's standby can be. */
import { linksForVnf, resolveLinks } from '../../contract/resolve.js';
import { portOrder, type VnfSpec } from '../../contract/topology.js';
import type { RecoveryPorts } from '../ports.js';

/** The preferred host if it can be, else the first that can; or why there is none. */
export function chooseHost(
  vnf: string,
  servingHost: string,
  preferred: string | undefined,
  ports: Pick<RecoveryPorts, 'topology' | 'hosts' | 'steering' | 'vnfs'>,
): { host: string } | { reason: string } {
  const { topology, hosts, steering, vnfs } = ports;
  const spec = topology.vnfs[vnf];
  if (spec === undefined) return { reason: `the topology declares no VNF ${vnf}` };
  const links = resolveLinks(topology);
  const interfaces = (host: string, of: VnfSpec) =>
    (linksForVnf(links, host, of, portOrder(of)) ?? []).map(({ hostInterface }) => hostInterface);
  const others = Object.entries(topology.vnfs).flatMap(([name, other]) =>
    name === vnf ? [] : interfaces(vnfs.get(name)?.host ?? other.host, other),
  );
  const suitable = vnfs.hosts.filter((host) => {
    const own = interfaces(host, spec);
    return host !== servingHost && own.length > 0 && !own.some((each) => others.includes(each));
  });
  if (suitable.length === 0) return { reason: 'no other host has free links to its networks' };
  const able = suitable.filter(
    (host) => hosts.connected(host) && steering.downLinks(vnf, host).length === 0,
  );
  const host = able.find((each) => each === preferred) ?? able[0];
  if (host !== undefined) return { host };
  return { reason: `waiting for ${suitable.join(' or ')}: its agent or a link of it is away` };
}
