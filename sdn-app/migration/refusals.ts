/** Why a migration is refused before anything has changed. */
import { FerryError } from '../contract/errors.js';
import { nfDefinition } from '../contract/nf.js';
import { linksForVnf, resolveLinks, type ResolvedLink } from '../contract/resolve.js';
import type { MigrationRequest } from '../contract/rest.js';
import { portOrder, type Topology, type VnfSpec } from '../contract/topology.js';
import type { ServingVnf } from '../vnfs/port.js';
import type { MigrationPorts } from './ports.js';
import { strategyNamed } from './registry.js';

/** Where a running migration takes a VNF. */
export interface Destination {
  vnf: string;
  destHost: string;
}

/** The VNF as it serves now. Throws the FerryError that says why it cannot be migrated there. */
export function checkMigration(
  request: MigrationRequest,
  ports: MigrationPorts,
  running: readonly Destination[],
): ServingVnf {
  const { topology, hosts, steering, vnfs } = ports;
  const spec = topology.vnfs[request.vnf];
  const vnf = vnfs.get(request.vnf);
  if (spec === undefined || vnf === undefined) {
    throw new FerryError('VNF_UNKNOWN', `the topology declares no VNF ${request.vnf}`, 'vnf');
  }
  if (topology.hosts[request.to]?.agent !== true) {
    const message = `the topology declares no host ${request.to} with an agent`;
    throw new FerryError('HOST_UNKNOWN', message, 'to');
  }
  strategyNamed(request.strategy);
  if (nfDefinition(spec.kind).program !== undefined) {
    const message = `${vnf.name} is a program: it has no statelets to move by`;
    throw new FerryError('STRATEGY_UNSUITABLE', message, 'strategy');
  }
  if (vnf.host === request.to) {
    throw new FerryError('VNF_ALREADY_THERE', `${vnf.name} already runs on ${vnf.host}`, 'to');
  }
  if (vnf.state === 'recovering') {
    throw new FerryError('VNF_BUSY', `${vnf.name} is being recovered`, 'vnf');
  }
  if (vnf.state === 'migrating') {
    throw new FerryError('VNF_BUSY', `${vnf.name} is already migrating`, 'vnf');
  }
  checkLinks(request, topology, spec, occupied(ports, running, request.vnf));
  for (const [host, field] of [
    [vnf.host, 'vnf'],
    [request.to, 'to'],
  ] as const) {
    if (hosts.connected(host)) continue;
    throw new FerryError('HOST_NOT_CONNECTED', `the agent of ${host} is not connected`, field);
  }
  if (!steering.connected(vnf.name)) {
    const names = steering.switchesOf(vnf.name).join(' and ');
    const message = `switch ${names} is not connected`;
    throw new FerryError('SWITCH_NOT_CONNECTED', message, 'vnf');
  }
  if (vnf.state !== 'serving') {
    throw new FerryError('VNF_NOT_SERVING', `${vnf.name} is ${vnf.state}, not serving`, 'vnf');
  }
  return vnf;
}

function checkLinks(
  request: MigrationRequest,
  topology: Topology,
  spec: VnfSpec,
  taken: ReadonlyMap<string, string>,
): void {
  const links = linksForVnf(resolveLinks(topology), request.to, spec, portOrder(spec));
  if (links === undefined) {
    const message = `${request.to} has no data link to every network of ${request.vnf}`;
    throw new FerryError('HOST_NOT_SUITABLE', message, 'to');
  }
  for (const { hostInterface } of links) {
    const other = taken.get(hostInterface);
    if (other === undefined) continue;
    const message = `${other} uses ${hostInterface} of ${request.to}`;
    throw new FerryError('HOST_PORT_IN_USE', message, 'to');
  }
}

/** Interfaces that other VNFs use or are about to use, and whose. */
function occupied(
  { topology, vnfs }: MigrationPorts,
  running: readonly Destination[],
  except: string,
): Map<string, string> {
  const resolved = resolveLinks(topology);
  const taken = new Map<string, string>();
  const take = (name: string, host: string, spec: VnfSpec) => {
    const links: ResolvedLink[] = linksForVnf(resolved, host, spec, portOrder(spec)) ?? [];
    for (const { hostInterface } of links) taken.set(hostInterface, name);
  };
  for (const [name, spec] of Object.entries(topology.vnfs)) {
    if (name === except) continue;
    take(name, vnfs.get(name)?.host ?? spec.host, spec);
    for (const { vnf, destHost } of running) if (vnf === name) take(name, destHost, spec);
  }
  return taken;
}
