// Every fault of a topology gets its code and names its field.
import t from 'tap';
import { stringify } from 'yaml';
import { parseTopology } from '../../../sdn-app/contract/load.js';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import { natTopology, type TopologyInput } from './nat-topology.js';

interface Case {
  name: string;
  change: (topology: TopologyInput) => void;
  code: string;
  field: string;
}

const SHARES = [
  { host: 'host1', flows: ['src=10.0.0.0/17'] },
  { host: 'host2', flows: ['src=10.0.128.0/17'] },
];

function makeProgram({ vnfs }: TopologyInput, recovery: object): void {
  Object.assign(vnfs.nat1, { kind: 'program', config: { command: ['/bin/cat'] }, recovery });
}

const CASES: Case[] = [
  {
    name: 'unknown key',
    change: (each) => Object.assign(each.hosts.client, { colour: 'red' }),
    code: 'TOPOLOGY_INVALID',
    field: 'hosts.client.colour',
  },
  {
    name: 'unknown key at the top',
    change: (each) => Object.assign(each, { extra: 1 }),
    code: 'TOPOLOGY_INVALID',
    field: 'extra',
  },
  {
    name: 'VNF of an unknown kind',
    change: (each) => (each.vnfs.nat1.kind = 'toaster'),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.kind',
  },
  {
    name: 'gateway outside the subnet',
    change: (each) => Object.assign(each.vnfs.nat1.config, { gateway: '198.51.100.1' }),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.config.gateway',
  },
  {
    name: 'link to a missing host',
    change: (each) => (each.links[0].host = 'ghost'),
    code: 'TOPOLOGY_UNKNOWN_REFERENCE',
    field: 'links.0.host',
  },
  {
    name: 'link to a missing switch',
    change: (each) => (each.links[1].switch = 's9'),
    code: 'TOPOLOGY_UNKNOWN_REFERENCE',
    field: 'links.1.switch',
  },
  {
    name: 'trunk to a missing switch',
    change: (each) => (each.trunks = [{ between: ['s1', 's9'] }]),
    code: 'TOPOLOGY_UNKNOWN_REFERENCE',
    field: 'trunks.0.between.1',
  },
  {
    name: 'standby on a missing host',
    change: (each) =>
      Object.assign(each.vnfs.nat1, { recovery: { mechanism: '1R-AS', standby: 'ghost' } }),
    code: 'TOPOLOGY_UNKNOWN_REFERENCE',
    field: 'vnfs.nat1.recovery.standby',
  },
  {
    name: 'standby on a host that cannot have the VNF',
    change: (each) =>
      Object.assign(each.vnfs.nat1, { recovery: { mechanism: '0R', standby: 'client' } }),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.recovery.standby',
  },
  {
    name: 'program of which several serve',
    change: (each) => makeProgram(each, { mechanism: '1R-AA', active: SHARES }),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.recovery.mechanism',
  },
  {
    name: 'program whose packets wait for statelets',
    change: (each) => makeProgram(each, { mechanism: '1R-AS', outputCommit: 'commit' }),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.recovery.outputCommit',
  },
  {
    name: 'trunk from a switch to itself',
    change: (each) => (each.trunks = [{ between: ['s1', 's1'] }]),
    code: 'TOPOLOGY_INVALID',
    field: 'trunks.0.between',
  },
  {
    name: 'trunk on a port that a link has',
    change: (each) => {
      each.switches['s2'] = { dpid: 2 };
      each.links[0].port = 7;
      each.trunks = [{ between: ['s2', 's1'], ports: [7, 7] }];
    },
    code: 'TOPOLOGY_INVALID',
    field: 'trunks.0.ports.1',
  },
  {
    name: 'network on two switches that nothing joins',
    change: (each) => {
      each.switches['s2'] = { dpid: 2 };
      each.links[4].switch = 's2';
    },
    code: 'TOPOLOGY_INVALID',
    field: 'links.4.switch',
  },
  {
    name: 'link in a missing network',
    change: (each) => (each.links[1].network = 'dmz'),
    code: 'TOPOLOGY_UNKNOWN_REFERENCE',
    field: 'links.1.network',
  },
  {
    name: 'a name from Object.prototype is no host',
    change: (each) => (each.links[0].host = 'valueof'),
    code: 'TOPOLOGY_UNKNOWN_REFERENCE',
    field: 'links.0.host',
  },
  {
    name: 'VNF on a missing host',
    change: (each) => (each.vnfs.nat1.host = 'host9'),
    code: 'TOPOLOGY_UNKNOWN_REFERENCE',
    field: 'vnfs.nat1.host',
  },
  {
    name: 'VNF on a host without agent',
    change: (each) => (each.vnfs.nat1.host = 'client'),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.host',
  },
  {
    name: 'VNF host without a link to the outside',
    change: (each) => each.links.splice(3, 1),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.host',
  },
  {
    name: 'VNF without its outside port',
    change: (each) => delete each.vnfs.nat1.ports.outside,
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.ports.outside',
  },
  {
    name: 'VNF with a port that its kind has not',
    change: (each) =>
      (each.vnfs.nat1.ports['middle'] = {
        network: 'inside',
        mac: '02:fe:00:00:00:09',
        address: '10.0.0.9/16',
      }),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.ports.middle',
  },
  {
    name: 'both VNF ports on one network',
    change: (each) =>
      (each.vnfs.nat1.ports.outside = {
        network: 'inside',
        mac: '02:fe:00:00:00:02',
        address: '10.0.0.9/16',
      }),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.ports.outside.network',
  },
  {
    name: 'two VNFs on one port',
    change: (each) => (each.vnfs['nat2'] = secondNat('host1')),
    code: 'TOPOLOGY_PORT_IN_USE',
    field: 'vnfs.nat2.host',
  },
  {
    name: 'two switches with one datapath id',
    change: (each) => (each.switches['s2'] = { dpid: 1 }),
    code: 'TOPOLOGY_INVALID',
    field: 'switches.s2.dpid',
  },
  {
    name: 'a host named like a switch',
    change: (each) => Object.assign(each.hosts, { s1: {} }),
    code: 'TOPOLOGY_INVALID',
    field: 'hosts.s1',
  },
  {
    name: 'duplicate link address',
    change: (each) => (each.links[2].address = each.links[0].address),
    code: 'TOPOLOGY_ADDRESS_IN_USE',
    field: 'links.2.address',
  },
  {
    name: 'duplicate MAC address',
    change: (each) => {
      each.links[0].mac = '02:aa:00:00:00:01';
      each.links[2].mac = '02:aa:00:00:00:01';
    },
    code: 'TOPOLOGY_ADDRESS_IN_USE',
    field: 'links.2.mac',
  },
  {
    name: 'a given MAC address that another link derives',
    change: (each) => (each.links[5].mac = '02:fd:00:00:00:01'),
    code: 'TOPOLOGY_ADDRESS_IN_USE',
    field: 'links.5.mac',
  },
  {
    name: 'VNF address that a host has',
    change: (each) => (each.vnfs.nat1.ports.inside.address = '10.0.0.10/16'),
    code: 'TOPOLOGY_ADDRESS_IN_USE',
    field: 'vnfs.nat1.ports.inside.address',
  },
  {
    name: 'pool address that a host has',
    change: (each) => (each.vnfs.nat1.config.pool[0] = '203.0.113.10'),
    code: 'TOPOLOGY_ADDRESS_IN_USE',
    field: 'vnfs.nat1.config.pool.0',
  },
  {
    name: 'pool address outside the subnet',
    change: (each) => (each.vnfs.nat1.config.pool[1] = '198.51.100.1'),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.config.pool.1',
  },
  {
    name: 'pool address twice',
    change: (each) => (each.vnfs.nat1.config.pool[1] = each.vnfs.nat1.config.pool[0]),
    code: 'TOPOLOGY_INVALID',
    field: 'vnfs.nat1.config.pool.1',
  },
  {
    name: 'link address outside its network',
    change: (each) => (each.links[0].address = '10.1.0.10/16'),
    code: 'TOPOLOGY_INVALID',
    field: 'links.0.address',
  },
  {
    name: 'link address with another prefix than its network',
    change: (each) => (each.links[0].address = '10.0.0.10/24'),
    code: 'TOPOLOGY_INVALID',
    field: 'links.0.address',
  },
  {
    name: 'broadcast address',
    change: (each) => (each.links[1].address = '203.0.113.255/24'),
    code: 'TOPOLOGY_INVALID',
    field: 'links.1.address',
  },
  {
    name: 'overlapping networks',
    change: (each) => (each.networks['third'] = { subnet: '10.0.128.0/17' }),
    code: 'TOPOLOGY_INVALID',
    field: 'networks.third.subnet',
  },
  {
    name: 'network over the management network',
    change: (each) => (each.networks['third'] = { subnet: '172.31.0.0/16' }),
    code: 'TOPOLOGY_INVALID',
    field: 'networks.third.subnet',
  },
  {
    name: 'gateway that no link reaches',
    change: (each) => (each.hosts.client.gateway = '192.168.0.1'),
    code: 'TOPOLOGY_INVALID',
    field: 'hosts.client.gateway',
  },
  {
    name: 'migration carried by one host only',
    change: (each) => (each.links[2].carries = ['data', 'migration']),
    code: 'TOPOLOGY_INVALID',
    field: 'hosts.host2',
  },
  {
    name: 'migration carried on two networks',
    change: (each) => {
      each.links[2].carries = ['data', 'migration'];
      each.links[5].carries = ['data', 'migration'];
    },
    code: 'TOPOLOGY_INVALID',
    field: 'links.5.carries',
  },
  {
    name: 'two links on one OpenFlow port',
    change: (each) => {
      each.links[0].port = 7;
      each.links[1].port = 7;
    },
    code: 'TOPOLOGY_INVALID',
    field: 'links.1.port',
  },
  {
    name: 'traffic from a missing host',
    change: (each) => (each.traffic.client = 'nobody'),
    code: 'TOPOLOGY_UNKNOWN_REFERENCE',
    field: 'traffic.client',
  },
  {
    name: 'traffic through a missing VNF',
    change: (each) => (each.traffic.vnf = 'nat9'),
    code: 'TOPOLOGY_UNKNOWN_REFERENCE',
    field: 'traffic.vnf',
  },
  {
    name: 'traffic server on the wrong side',
    change: (each) => (each.traffic.server = 'client'),
    code: 'TOPOLOGY_INVALID',
    field: 'traffic.server',
  },
  {
    name: 'more entries than the table holds',
    change: (each) => (each.traffic.entries = 131_073),
    code: 'TOPOLOGY_INVALID',
    field: 'traffic.entries',
  },
  {
    name: 'more entries than the pool has ports',
    change: (each) => {
      each.vnfs.nat1.config.pool = ['203.0.113.101'];
      each.traffic.entries = 64_513;
    },
    code: 'TOPOLOGY_INVALID',
    field: 'traffic.entries',
  },
  {
    name: 'fewer entries than flows',
    change: (each) => {
      each.traffic.entries = 10;
      each.traffic.flows = 11;
    },
    code: 'TOPOLOGY_INVALID',
    field: 'traffic.flows',
  },
];

function secondNat(host: string): TopologyInput['vnfs']['nat1'] {
  return {
    kind: 'nat44',
    host,
    ports: {
      inside: { network: 'inside', mac: '02:fe:00:00:00:11', address: '10.0.0.2/16' },
      outside: { network: 'outside', mac: '02:fe:00:00:00:12', address: '203.0.113.2/24' },
    },
    config: { pool: ['203.0.113.121'] },
  };
}

function faultOf(topology: unknown): FerryError {
  try {
    parseTopology(stringify(topology), 'lab.yaml');
  } catch (error) {
    if (error instanceof FerryError) return error;
    throw error;
  }
  throw new Error('the topology was taken');
}

t.test('the unchanged topology is valid', (t) => {
  const topology = parseTopology(stringify(natTopology()), 'lab.yaml');
  t.equal(topology.vnfs['nat1']?.stateletWindowMs, 50, 'defaults are filled in');
  t.end();
});

t.test('a VNF on each host is valid', (t) => {
  const topology = natTopology();
  topology.vnfs['nat2'] = secondNat('host2');
  t.doesNotThrow(() => parseTopology(stringify(topology), 'lab.yaml'));
  t.end();
});

t.test('the pool may hold the outside address itself', (t) => {
  const topology = natTopology();
  topology.vnfs.nat1.config.pool[0] = '203.0.113.1';
  t.doesNotThrow(() => parseTopology(stringify(topology), 'lab.yaml'));
  t.end();
});

for (const { name, change, code, field } of CASES) {
  t.test(name, (t) => {
    const topology = natTopology();
    change(topology);
    const fault = faultOf(topology);
    t.equal(fault.code, code);
    t.equal(fault.field, field);
    t.match(fault.message, /^lab\.yaml:\d+: /, 'names the line');
    t.end();
  });
}
