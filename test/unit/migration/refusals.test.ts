import t from 'tap';
import { topologySchema } from '../../../sdn-app/contract/topology.js';
import { checkMigration } from '../../../sdn-app/migration/refusals.js';
import type { MigrationPorts } from '../../../sdn-app/migration/ports.js';
import { topologyInput } from '../steering/lab-network.js';
import { World } from './world/world.js';

const topology = topologySchema.parse({
  ...topologyInput,
  hosts: { ...topologyInput.hosts, host3: { agent: true }, host4: { agent: true } },
  links: [
    ...topologyInput.links,
    { host: 'host3', switch: 's1', network: 'inside', address: '10.0.0.23/16' },
    { host: 'host4', switch: 's1', network: 'inside', address: '10.0.0.24/16' },
    { host: 'host4', switch: 's1', network: 'outside', address: '203.0.113.24/24' },
  ],
  vnfs: {
    ...topologyInput.vnfs,
    nat2: {
      ...topologyInput.vnfs.nat1,
      host: 'host4',
      ports: {
        inside: { network: 'inside', mac: '02:fe:00:00:02:01', address: '10.0.0.2/16' },
        outside: { network: 'outside', mac: '02:fe:00:00:02:02', address: '203.0.113.9/24' },
      },
    },
  },
});

interface Situation {
  state?: 'serving' | 'down' | 'migrating';
  away?: string;
  switchAway?: boolean;
}

function ports({ state = 'serving', away, switchAway = false }: Situation): MigrationPorts {
  const nothing = {} as MigrationPorts;
  return {
    ...nothing,
    topology,
    hosts: { ...nothing.hosts, connected: (host) => host !== away },
    steering: { ...nothing.steering, connected: () => !switchAway, switchesOf: () => ['s1'] },
    vnfs: {
      ...nothing.vnfs,
      get: (name) => {
        const host = name === 'nat1' ? 'host1' : 'host4';
        return { name, state, host, instance: `${name}.0000000a`, parts: [] };
      },
    },
  };
}

const REFUSALS: {
  vnf?: string;
  to?: string;
  strategy?: string;
  when?: Situation;
  code: string;
  message?: RegExp;
}[] = [
  { vnf: 'nat9', code: 'VNF_UNKNOWN', message: /nat9/ },
  { to: 'host9', code: 'HOST_UNKNOWN', message: /host9/ },
  { to: 'client', code: 'HOST_UNKNOWN', message: /agent/ },
  { strategy: 'magic', code: 'STRATEGY_UNKNOWN', message: /known: statelet/ },
  { to: 'host1', code: 'VNF_ALREADY_THERE' },
  { to: 'host1', when: { state: 'migrating' }, code: 'VNF_ALREADY_THERE' },
  { when: { state: 'migrating' }, code: 'VNF_BUSY' },
  { to: 'host3', code: 'HOST_NOT_SUITABLE', message: /host3/ },
  { to: 'host4', code: 'HOST_PORT_IN_USE', message: /nat2 uses host4-eth0/ },
  { when: { away: 'host1' }, code: 'HOST_NOT_CONNECTED', message: /host1/ },
  { when: { away: 'host2' }, code: 'HOST_NOT_CONNECTED', message: /host2/ },
  { when: { switchAway: true }, code: 'SWITCH_NOT_CONNECTED', message: /s1/ },
  { when: { state: 'down' }, code: 'VNF_NOT_SERVING', message: /down/ },
];

t.test('each refusal has its code', (t) => {
  for (const refusal of REFUSALS) {
    const { vnf = 'nat1', to = 'host2', strategy = 'statelet', when = {}, code, message } = refusal;
    const check = () => checkMigration({ vnf, to, strategy }, ports(when), []);
    t.throws(
      check,
      { code, ...(message === undefined ? {} : { message }) },
      JSON.stringify(refusal),
    );
  }
  t.match(checkMigration({ vnf: 'nat1', to: 'host2', strategy: 'statelet' }, ports({}), []), {
    srcHost: 'host1',
    part: null,
  });
  t.end();
});

t.test('a host to which another VNF is on its way is taken', (t) => {
  const request = { vnf: 'nat1', to: 'host2', strategy: 'statelet' };
  const running = [{ vnf: 'nat2', destHost: 'host2' }];
  t.throws(() => checkMigration(request, ports({}), running), { code: 'HOST_PORT_IN_USE' });
  t.end();
});

t.test('a refusal changes nothing, and of two at once one is refused', async (t) => {
  const world = await World.serving();
  const { coordinator, vnfs } = world.controller;
  const before = [...world.disk.values];
  const request = { vnf: 'nat1', to: 'host1', strategy: 'statelet' };
  await t.rejects(coordinator.migrate(request), { code: 'VNF_ALREADY_THERE' });
  t.same([...world.disk.values], before);
  t.same(coordinator.list(), []);
  t.equal(vnfs.get('nat1')?.state, 'serving');

  const good = { ...request, to: 'host2' };
  const both = Promise.allSettled([coordinator.migrate(good), coordinator.migrate(good)]);
  const [first, second] = await world.clock.settled(both);
  t.equal(first.status, 'fulfilled');
  t.match(second, { status: 'rejected', reason: { code: 'VNF_BUSY' } });
  await world.calm();
  t.same(world.faults(), []);
});

t.test('a disk that is full: refused, and the VNF is free again', async (t) => {
  const world = await World.serving();
  world.fillDisk(10);
  const refused = world.controller.coordinator.migrate({
    ...{ vnf: 'nat1', to: 'host2', strategy: 'statelet' },
  });
  await t.rejects(world.clock.settled(refused), { code: 'STATE_UNWRITABLE' });
  await world.clock.run(20);
  const { id } = await world.migrate();
  await world.calm();
  t.equal(world.controller.coordinator.get(id).state, 'completed');
});
