/**
 * What a schema cannot say of a topology: that its parts fit each other. The first fault is thrown
 * as a FerryError that names the field.
 */
import { claimAddresses, checkNetworks } from './check-addresses.js';
import { checkChaos } from './check-chaos.js';
import { checkShares } from './check-shares.js';
import { checkTrunks } from './check-trunks.js';
import { FerryError } from './errors.js';
import { nfDefinition } from './nf.js';
import { parseInterface, sameSubnet } from './names.js';
import { isShared } from './recovery-policy.js';
import { canHaveVnf, linksForVnf, MAX_AGENT_INDEX, resolveLinks } from './resolve.js';
import { entriesFault, portOrder, trafficPorts, type Topology, type VnfSpec } from './topology.js';

/** As an instance's specification has room for. */
const MAX_PORTS = 8;

/** @throws FerryError TOPOLOGY_INVALID, _UNKNOWN_REFERENCE, _PORT_IN_USE or _ADDRESS_IN_USE. */
export function checkTopology(topology: Topology): void {
  checkNodes(topology);
  checkNetworks(topology);
  checkLinks(topology);
  checkTrunks(topology);
  checkHosts(topology);
  for (const [name, vnf] of Object.entries(topology.vnfs)) checkVnf(topology, name, vnf);
  checkPlacements(topology);
  claimAddresses(topology, resolveLinks(topology));
  checkTraffic(topology);
  checkChaos(topology);
}

function invalid(field: string, message: string): never {
  throw new FerryError('TOPOLOGY_INVALID', message, field);
}

function mustName(table: object, name: string, kind: string, field: string): void {
  if (!Object.hasOwn(table, name)) {
    throw new FerryError('TOPOLOGY_UNKNOWN_REFERENCE', `no ${kind} ${name} is declared`, field);
  }
}

function checkNodes(topology: Topology): void {
  const dpids = new Map<number, string>();
  for (const [name, spec] of Object.entries(topology.switches)) {
    const other = dpids.get(spec.dpid);
    if (other !== undefined) {
      invalid(`switches.${name}.dpid`, `switch ${other} has datapath id ${spec.dpid} already`);
    }
    dpids.set(spec.dpid, name);
    if (Object.hasOwn(topology.hosts, name)) {
      invalid(`hosts.${name}`, `a switch has the name ${name} already`);
    }
  }
  Object.entries(topology.hosts).forEach(([name, host], index) => {
    if (host.agent && index > MAX_AGENT_INDEX) {
      invalid(`hosts.${name}`, `only the first ${MAX_AGENT_INDEX + 1} hosts can have an agent`);
    }
  });
}

function checkLinks(topology: Topology): void {
  const ports = new Set<string>();
  const sharedNetworks = new Set<string>();
  topology.links.forEach((link, index) => {
    const field = `links.${index}`;
    mustName(topology.hosts, link.host, 'host', `${field}.host`);
    mustName(topology.switches, link.switch, 'switch', `${field}.switch`);
    mustName(topology.networks, link.network, 'network', `${field}.network`);
    const subnet = topology.networks[link.network]?.subnet ?? '';
    if (!sameSubnet(subnet, parseInterface(link.address).address)) {
      invalid(`${field}.address`, `${link.address} is outside network ${link.network} (${subnet})`);
    }
    if (parseInterface(link.address).prefix !== parseInterface(subnet).prefix) {
      invalid(`${field}.address`, `network ${link.network} has the prefix of ${subnet}`);
    }
    if (link.port !== undefined) {
      const port = `${link.switch} ${link.port}`;
      if (ports.has(port)) invalid(`${field}.port`, `another link has port ${link.port} already`);
      ports.add(port);
    }
    if (link.carries.includes('migration')) {
      sharedNetworks.add(link.network);
      if (sharedNetworks.size > 1) {
        invalid(`${field}.carries`, 'migration streams of all hosts must use one network');
      }
    }
  });
  checkMigrationLinks(topology, sharedNetworks);
}

/** A host that takes its streams on a data network can be reached only by those on that network. */
function checkMigrationLinks(topology: Topology, networks: ReadonlySet<string>): void {
  const [network] = networks;
  if (network === undefined) return;
  for (const [name, host] of Object.entries(topology.hosts)) {
    const found = topology.links.some(
      (link) => link.host === name && link.carries.includes('migration'),
    );
    if (host.agent && !found) {
      invalid(`hosts.${name}`, `${name} needs a link that carries migration, as other hosts have`);
    }
  }
}

function checkHosts(topology: Topology): void {
  for (const [name, host] of Object.entries(topology.hosts)) {
    const { gateway } = host;
    if (gateway === undefined) continue;
    const reachable = topology.links.some(
      (link) => link.host === name && sameSubnet(link.address, gateway),
    );
    if (!reachable) invalid(`hosts.${name}.gateway`, `no link of ${name} reaches ${gateway}`);
  }
}

function checkVnf(topology: Topology, name: string, vnf: VnfSpec): void {
  const field = `vnfs.${name}`;
  mustName(topology.hosts, vnf.host, 'host', `${field}.host`);
  if (topology.hosts[vnf.host]?.agent !== true) {
    invalid(`${field}.host`, `host ${vnf.host} has no agent: set agent: true on it`);
  }
  const order = portOrder(vnf);
  if (order.length === 0 || order.length > MAX_PORTS) {
    invalid(`${field}.ports`, `a VNF has 1 to ${MAX_PORTS} ports`);
  }
  const networks = new Set<string>();
  for (const port of Object.keys(vnf.ports)) {
    if (!order.includes(port)) {
      invalid(`${field}.ports.${port}`, `${vnf.kind} has the ports ${order.join(', ')}`);
    }
  }
  for (const port of order) {
    const spec = vnf.ports[port];
    if (spec === undefined) invalid(`${field}.ports.${port}`, `${vnf.kind} needs port ${port}`);
    mustName(topology.networks, spec.network, 'network', `${field}.ports.${port}.network`);
    const subnet = topology.networks[spec.network]?.subnet ?? '';
    if (!sameSubnet(subnet, parseInterface(spec.address).address)) {
      const message = `${spec.address} is outside network ${spec.network} (${subnet})`;
      invalid(`${field}.ports.${port}.address`, message);
    }
    if (networks.has(spec.network)) {
      invalid(`${field}.ports.${port}.network`, 'another port of this VNF is on that network');
    }
    networks.add(spec.network);
  }
  if (linksForVnf(topology, vnf.host, vnf) === undefined) {
    const wanted = [...networks].join(', ');
    invalid(`${field}.host`, `${vnf.host} needs a data link to each of the networks ${wanted}`);
  }
  const { recovery } = vnf;
  if (nfDefinition(vnf.kind).program !== undefined) checkProgramRecovery(field, recovery);
  if (recovery !== undefined && 'standby' in recovery && recovery.standby !== undefined) {
    checkStandby(topology, name, vnf, recovery.standby);
  }
  const refuse = (place: string, message: string) => invalid(`${field}.config.${place}`, message);
  nfDefinition(vnf.kind).check?.(vnf.config, vnf.ports, refuse);
  checkShares(topology, name, vnf, (place, message) => invalid(`${field}.${place}`, message));
}

function checkProgramRecovery(field: string, recovery: VnfSpec['recovery']): void {
  if (recovery === undefined) return;
  const place = `${field}.recovery`;
  if (isShared(recovery.mechanism)) {
    invalid(`${place}.mechanism`, 'a program has no statelets: use 1R-AS or 0R');
  }
  if (recovery.outputCommit === 'commit') {
    invalid(`${place}.outputCommit`, 'a program has no statelets to wait for: leave it out');
  }
}

function checkStandby(topology: Topology, name: string, vnf: VnfSpec, standby: string): void {
  const field = `vnfs.${name}.recovery.standby`;
  mustName(topology.hosts, standby, 'host', field);
  if (canHaveVnf(topology, standby, vnf)) return;
  invalid(field, `${standby} needs an agent, and a data link to each network of ${name}`);
}

/** One VNF per host link: its instance takes every packet for its virtual MAC from that interface. */
function checkPlacements(topology: Topology): void {
  const users = new Map<string, string>();
  for (const [name, vnf] of Object.entries(topology.vnfs)) {
    for (const link of linksForVnf(topology, vnf.host, vnf) ?? []) {
      const user = users.get(link.hostInterface);
      if (user !== undefined) {
        throw new FerryError(
          'TOPOLOGY_PORT_IN_USE',
          `${link.hostInterface} is used by VNF ${user} already`,
          `vnfs.${name}.host`,
        );
      }
      users.set(link.hostInterface, name);
    }
  }
}

function checkTraffic(topology: Topology): void {
  const { traffic } = topology;
  if (traffic === undefined) return;
  mustName(topology.hosts, traffic.client, 'host', 'traffic.client');
  mustName(topology.hosts, traffic.server, 'host', 'traffic.server');
  mustName(topology.vnfs, traffic.vnf, 'VNF', 'traffic.vnf');
  const vnf = topology.vnfs[traffic.vnf];
  if (vnf === undefined) return;
  if (traffic.peer !== undefined) checkPeer(topology, vnf, traffic.peer);
  const ports = trafficPorts(topology, traffic);
  mustReach(topology, traffic.client, ports?.client.network, 'traffic.client');
  mustReach(topology, traffic.server, ports?.server.network, 'traffic.server');
  const fault = entriesFault(traffic.vnf, vnf, traffic);
  if (fault !== undefined) invalid('traffic.entries', fault);
  if (traffic.flows > traffic.entries) {
    invalid('traffic.flows', `entries must include the ${traffic.flows} flows`);
  }
}

/** The second ports of both lie on one network. */
function checkPeer(topology: Topology, vnf: VnfSpec, name: string): void {
  mustName(topology.vnfs, name, 'VNF', 'traffic.peer');
  const peer = topology.vnfs[name];
  const between = (each: VnfSpec) => each.ports[portOrder(each)[1] ?? '']?.network;
  if (peer === undefined || between(vnf) !== between(peer)) {
    invalid('traffic.peer', `${name} has no port on network ${between(vnf) ?? ''}`);
  }
}

function mustReach(
  topology: Topology,
  host: string,
  network: string | undefined,
  field: string,
): void {
  if (!topology.links.some((link) => link.host === host && link.network === network)) {
    invalid(field, `host ${host} has no link to network ${network ?? ''}`);
  }
}
