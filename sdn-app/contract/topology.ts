/** The topology file: hosts, switches, links, VNFs and traffic of one lab or deployment. */
import { z } from 'zod';
import { NF_KINDS, NF_NAMES, nfDefinition, portNames, type NfKind } from './nf.js';
import { chaosScript } from './chaos.js';
import { checkpointPolicy } from './checkpoint.js';
import { ipv4Address, ipv4Interface, macAddress, nodeName, objectName } from './names.js';
import { recoveryPolicy } from './recovery-policy.js';

const switchSpec = z.strictObject({
  dpid: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
});

/** A layer-2 segment: who may hear whose broadcasts. */
const networkSpec = z.strictObject({ subnet: ipv4Interface });

const hostSpec = z.strictObject({
  /** Runs a vnf-host, so VNFs can be placed on it. */
  agent: z.boolean().default(false),
  gateway: ipv4Address.optional(),
});

const portNumber = z.int().min(1).max(0xffffff00);

const linkSpec = z.strictObject({
  host: nodeName,
  switch: nodeName,
  network: objectName,
  address: ipv4Interface,
  /** Given only for labs that Ferry did not build; otherwise derived (02:fd:...). */
  mac: macAddress.optional(),
  /** OpenFlow port number, for labs that Ferry did not build; otherwise found by port name. */
  port: portNumber.optional(),
  /** Rate of each direction in bit/s; no limit when absent. */
  bandwidthBps: z.int().min(1_000_000).max(100_000_000_000).optional(),
  /** `migration`: snapshot and statelets of this host share the link with data. */
  carries: z
    .array(z.enum(['data', 'migration']))
    .min(1)
    .default(['data']),
});

/** A link between two switches; it carries every network. */
const trunkSpec = z.strictObject({
  between: z.tuple([nodeName, nodeName]),
  /** Rate of each direction in bit/s; no limit when absent. */
  bandwidthBps: z.int().min(1_000_000).max(100_000_000_000).optional(),
  /** OpenFlow port number at either end, for labs that Ferry did not build. */
  ports: z.tuple([portNumber, portNumber]).optional(),
});

const vnfPortSpec = z.strictObject({
  network: objectName,
  /** Virtual MAC and IP: they move with the instance. */
  mac: macAddress,
  address: ipv4Interface,
});

const vnfFields = {
  /** Host that serves first. */
  host: nodeName,
  ports: z.record(objectName, vnfPortSpec),
  /** How often what changed is sent as statelets; longer coalesces more, shorter lags less. */
  stateletWindowMs: z.int().min(1).max(1000).default(50),
  /** Bytes that destInst may hold during a switchover before it pushes back. */
  holdBytes: z.int().min(65_536).max(1_073_741_824).default(67_108_864),
  /** None is taken by itself when absent. */
  checkpoint: checkpointPolicy.optional(),
  /** Its agent starts it again, empty, when absent. */
  recovery: recoveryPolicy.optional(),
};

/** What `config` may hold follows from `kind`. */
const vnfSpec = z.discriminatedUnion(
  'kind',
  NF_NAMES.map(vnfOfKind) as [VnfSchema, ...VnfSchema[]],
  {
    error: `use one of the kinds ${NF_NAMES.join(', ')}`,
  },
);

function vnfOfKind(kind: NfKind) {
  return z.strictObject({ kind: z.literal(kind), ...vnfFields, config: NF_KINDS[kind].config });
}
type VnfSchema = ReturnType<typeof vnfOfKind>;

/** Default load of `npm run demo` on this topology. */
const trafficSpec = z.strictObject({
  client: nodeName,
  server: nodeName,
  vnf: objectName,
  /** VNF in front of the server, its first port towards it: the other end of a VPN. */
  peer: objectName.optional(),
  /** Packets per second in each direction. */
  ratePps: z.int().min(1).max(1_000_000).default(20_000),
  /** Packets per second of the server's answers; the same as ratePps when absent. */
  returnRatePps: z.int().min(0).max(1_000_000).optional(),
  /** Ethernet frame without FCS. */
  packetBytes: z.int().min(96).max(1514).default(512),
  flows: z.int().min(1).max(60_000).default(1000),
  /** Emulated hosts that the flows come from, in turn. */
  clients: z.int().min(1).max(1024).default(10),
  /** State made before the migration, the flows included, where the NF holds some for each flow. */
  entries: z.int().min(1).max(4_194_304).default(100_000),
  /** Rate of the TCP transfer beside it in bit/s; 0 for none. */
  tcpBps: z.int().min(0).max(10_000_000_000).default(20_000_000),
});

export const topologySchema = z.strictObject({
  version: z.literal(1),
  name: objectName,
  description: z.string().max(2000).optional(),
  switches: z.record(nodeName, switchSpec),
  networks: z.record(objectName, networkSpec),
  hosts: z.record(nodeName, hostSpec),
  links: z.array(linkSpec).min(1).max(1000),
  trunks: z.array(trunkSpec).max(1000).default([]),
  vnfs: z.record(objectName, vnfSpec).default({}),
  traffic: trafficSpec.optional(),
  /** What `ferry chaos` does to a lab of this topology. */
  chaos: chaosScript.default([]),
});

export type Topology = z.infer<typeof topologySchema>;

/** That of a controller which has none: it declares nothing. */
export const NO_TOPOLOGY: Topology = Object.freeze({
  version: 1,
  name: 'none',
  switches: {},
  networks: {},
  hosts: {},
  links: [],
  trunks: [],
  vnfs: {},
  chaos: [],
});
export type VnfSpec = z.infer<typeof vnfSpec>;
export type VnfPort = z.infer<typeof vnfPortSpec>;
export type LinkSpec = z.infer<typeof linkSpec>;
export type TrunkSpec = z.infer<typeof trunkSpec>;
export type TrafficSpec = z.infer<typeof trafficSpec>;

/** Port names of a VNF in the order its NF knows them. */
export function portOrder(vnf: VnfSpec): readonly string[] {
  return portNames(vnf.kind, vnf.config, Object.keys(vnf.ports));
}

/** The ports that the clients and the servers of a load are next to. */
export function trafficPorts(
  topology: Topology,
  traffic: TrafficSpec,
): { client: VnfPort; server: VnfPort } | undefined {
  const portsOf = (name: string): (VnfPort | undefined)[] => {
    const vnf = topology.vnfs[name];
    return vnf === undefined ? [] : portOrder(vnf).map((port) => vnf.ports[port]);
  };
  const [client, outside] = portsOf(traffic.vnf);
  const server = traffic.peer === undefined ? outside : portsOf(traffic.peer)[0];
  return client === undefined || server === undefined ? undefined : { client, server };
}

/** Entries that are made beforehand use this many ports of each address. */
export const PREFILL_PORTS = 60_000;

/** Why a VNF cannot hold the entries of a load, or undefined when it can. */
export function entriesFault(
  name: string,
  vnf: VnfSpec,
  { entries, flows, clients }: Pick<TrafficSpec, 'entries' | 'flows' | 'clients'>,
): string | undefined {
  const { flowRoom, flowsOfHost } = nfDefinition(vnf.kind);
  const room = flowRoom?.(vnf.config) ?? Infinity;
  if (entries > room) return `VNF ${name} has room for ${room} UDP flows`;
  const most = flowsOfHost?.(vnf.config) ?? Infinity;
  const wanted = Math.max(Math.ceil(flows / clients), Math.min(entries - flows, PREFILL_PORTS));
  return wanted > most ? `VNF ${name} gives one host ${most} UDP flows, not ${wanted}` : undefined;
}
