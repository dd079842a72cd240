/** Why a migration is refused before anything has changed. */
import { FerryError } from '../contract/errors.js';
import { nfDefinition } from '../contract/nf.js';
import { linksForVnf } from '../contract/resolve.js';
import type { MigrationRequest } from '../contract/rest.js';
import type { Topology, VnfSpec } from '../contract/topology.js';
import { interfacesOfOthers, type Destination } from '../vnfs/free-hosts.js';
import { newInstanceId } from '../vnfs/instance-id.js';
import type { ServingVnf } from '../vnfs/port.js';
import { planPart, type MovedPart } from './part.js';
import type { MigrationPorts } from './ports.js';
import { strategyNamed } from './registry.js';
import { checkShareMove } from './share-move.js';

/** What shall move: from which instance to which. */
export interface PlannedMove {
  srcHost: string;
  srcInst: string;
  destInst: string;
  part: MovedPart | null;
}

/** Throws the FerryError that says why it cannot be migrated there. */
export function checkMigration(
  request: MigrationRequest,
  ports: MigrationPorts,
  running: readonly Destination[],
): PlannedMove {
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
  if (nfDefinition(spec.kind).program !== undefined) {
    const message = `${vnf.name} is a program: it has no statelets to move by`;
    throw new FerryError('STRATEGY_UNSUITABLE', message, 'strategy');
  }
  const move = plan(request, vnf, spec);
  if (vnf.state === 'recovering') {
    throw new FerryError('VNF_BUSY', `${vnf.name} is being recovered`, 'vnf');
  }
  if (vnf.state === 'migrating') {
    throw new FerryError('VNF_BUSY', `${vnf.name} is already migrating`, 'vnf');
  }
  checkLinks(request, topology, spec, interfacesOfOthers(request.vnf, topology, vnfs, running));
  for (const [host, field] of [
    [move.srcHost, 'vnf'],
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
  return move;
}

function plan(request: MigrationRequest, vnf: ServingVnf, spec: VnfSpec): PlannedMove {
  const strategy = strategyNamed(request.strategy);
  const newInstance = () => newInstanceId(vnf.name);
  if (request.flows !== undefined) {
    checkShareMove(vnf, spec, request.flows);
    if (strategy.movesParts === true) {
      return planPart(vnf, spec, request.flows, request.to, newInstance);
    }
    const message = `strategy ${strategy.name} moves a VNF as a whole`;
    throw new FerryError('FLOWS_UNSUPPORTED', message, 'strategy');
  }
  if (vnf.parts.length > 0) {
    const parts = vnf.parts.map(({ flows, host }) => `${flows} on ${host}`).join(' and ');
    throw new FerryError('VNF_SPLIT', `${vnf.name} is served by several instances: ${parts}`);
  }
  if (vnf.host === request.to) {
    throw new FerryError('VNF_ALREADY_THERE', `${vnf.name} already runs on ${vnf.host}`, 'to');
  }
  // A restored process goes on under the name that it has in its memory.
  const destInst = strategy.standsStill === true ? vnf.instance : newInstance();
  return { srcHost: vnf.host, srcInst: vnf.instance, destInst, part: null };
}

function checkLinks(
  request: MigrationRequest,
  topology: Topology,
  spec: VnfSpec,
  taken: ReadonlyMap<string, string>,
): void {
  const links = linksForVnf(topology, request.to, spec);
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
