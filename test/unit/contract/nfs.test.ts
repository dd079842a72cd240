// What the contract refuses of each kind's configuration beyond its schema, and of loads through it.
import t from 'tap';
import { loadTopology, parseTopology } from '../../../sdn-app/contract/load.js';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import type { Topology } from '../../../sdn-app/contract/topology.js';
import { loadOf } from '../../../sdn-app/cli/demo/options.js';
import { emulatedHosts } from '../../../sdn-app/cli/demo/emulated-hosts.js';

interface Case {
  topology: string;
  /** Dotted path, and what stands there instead. */
  path: string;
  value: unknown;
  field: string;
}

const TUNNEL = 'vnfs.vpn1.config.tunnels.0';
const KEY = '6f2b1c84d95e07a3b8c1f04d7729ae53c0ffee01';
const CASES: Case[] = [
  {
    topology: 'nat',
    path: 'vnfs.nat1.config.portBlocks',
    value: { size: 500, perSubscriber: 1 },
    field: 'vnfs.nat1.config.portBlocks.size',
  },
  {
    topology: 'nat',
    path: 'vnfs.nat1.config',
    value: {
      pool: ['203.0.113.1'],
      portRange: { first: 2049, last: 3000 },
      portBlocks: { size: 512, perSubscriber: 1 },
    },
    field: 'vnfs.nat1.config.portBlocks.size',
  },
  {
    topology: 'nat',
    path: 'vnfs.nat1.config.limits',
    value: { mappingsPerSubscriber: 99 },
    field: 'traffic.entries',
  },
  {
    topology: 'nat',
    path: 'vnfs.nat1.config.portBlocks',
    value: { size: 1024, perSubscriber: 2 },
    field: 'traffic.entries',
  },
  { topology: 'vpn', path: `${TUNNEL}.remote`, value: '198.51.100.1', field: `${TUNNEL}.remote` },
  { topology: 'vpn', path: `${TUNNEL}.in.key`, value: KEY, field: `${TUNNEL}.in.key` },
  { topology: 'vpn', path: `${TUNNEL}.in.key`, value: 'abc', field: `${TUNNEL}.in.key` },
  { topology: 'vpn', path: `${TUNNEL}.out.spi`, value: 255, field: `${TUNNEL}.out.spi` },
  {
    topology: 'vpn',
    path: `${TUNNEL}.localNet`,
    value: '10.9.0.0/16',
    field: `${TUNNEL}.localNet`,
  },
  {
    topology: 'vpn',
    path: 'vnfs.vpn1.config.antiReplayWindow',
    value: 100,
    field: 'vnfs.vpn1.config.antiReplayWindow',
  },
  { topology: 'vpn', path: 'traffic.peer', value: 'vpn9', field: 'traffic.peer' },
  { topology: 'vpn', path: 'traffic.peer', value: undefined, field: 'traffic.server' },
  {
    topology: 'pg',
    path: 'vnfs.pg1.config.subscribers.0.plan',
    value: 'gold',
    field: 'vnfs.pg1.config.subscribers.0.plan',
  },
  {
    topology: 'pg',
    path: 'vnfs.pg1.config.subscribers.1.each',
    value: 8,
    field: 'vnfs.pg1.config.subscribers.1.each',
  },
  {
    topology: 'pg',
    path: 'vnfs.pg1.config.subscribers.1.net',
    value: '10.0.0.0/8',
    field: 'vnfs.pg1.config.subscribers.1.net',
  },
  {
    topology: 'pg',
    path: 'vnfs.pg1.config.gateway',
    value: '198.51.100.1',
    field: 'vnfs.pg1.config.gateway',
  },
];

function topologyOf(name: string): Promise<Topology> {
  return loadTopology(`topologies/${name}-migration.yaml`);
}

/** A copy with another value at the path. */
function changed(topology: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(topology)) {
    return topology.map((each: unknown, i) =>
      i === Number(key) ? changed(each, rest, value) : each,
    );
  }
  const record = topology as Record<string, unknown>;
  return { ...record, [key]: changed(record[key], rest, value) };
}

for (const { topology: name, path, value, field } of CASES) {
  t.test(`${name}: ${path} as ${JSON.stringify(value)} is refused`, async (t) => {
    const topology = changed(await topologyOf(name), path.split('.'), value);
    try {
      parseTopology(JSON.stringify(topology), 'lab.yaml');
      t.fail('it was taken');
    } catch (error) {
      t.type(error, FerryError);
      t.equal((error as FerryError).field, field);
    }
  });
}

t.test('the load of a VPN goes to a server behind the peer', async (t) => {
  const topology = await topologyOf('vpn');
  const load = loadOf(topology, {});
  t.equal(load.entries, load.flows, 'a VPN holds nothing for each flow');
  t.match(emulatedHosts(topology, load), {
    client: { interface: 'client-eth0' },
    server: { interface: 'server-eth0' },
    nextHop: '10.0.0.1',
    serverAddress: '10.2.255.254',
  });
  t.throws(() => loadOf(topology, { entries: 5 }), {
    code: 'CONFIG_INVALID',
    field: '--entries',
  });
});

t.test('a gateway’s load comes from as many clients as it says', async (t) => {
  const topology = await topologyOf('pg');
  const load = loadOf(topology, {});
  t.equal(load.clients, 1000);
  t.equal(emulatedHosts(topology, load).prefillAddress, '10.0.67.233');
});
