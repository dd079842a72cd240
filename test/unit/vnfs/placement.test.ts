import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { VnfTable } from '../../../sdn-app/vnfs/vnf-table.js';
import { EventLog } from '../../../sdn-app/events.js';
import { topology } from '../steering/lab-network.js';
import { World } from '../migration/world/world.js';

const VNF = 'nat1';
const types = (world: World) => world.controller.history.map(({ type }) => type);
const instanceIn = (world: World): string => world.controller.vnfs.get(VNF)?.instance ?? '';

t.test('an instance is started where the topology says, on disk before', async (t) => {
  const world = new World();
  await world.startController();
  const placed = world.disk.values.get(`placement/${VNF}`);
  t.match(placed, { host: 'host1', instance: /^nat1\.[0-9a-f]{8}$/ });
  t.equal(world.controller.vnfs.status(VNF).state, 'pending');
  await world.calm();
  t.same(world.faults(), []);
  t.same(placed, { host: 'host1', instance: instanceIn(world) });
  const started = world.points.filter((point) => point === 'after startInstance');
  t.equal(started.length, 1);
  t.match(world.hosts.get('host1')?.instances.get(instanceIn(world))?.spec, {
    role: 'serving',
    ports: [
      { name: 'inside', interface: 'host1-eth0', mac: '02:fe:00:00:01:01', address: '10.0.0.1/16' },
      { name: 'outside', interface: 'host1-eth1' },
    ],
    config: { pool: ['203.0.113.2', '203.0.113.3'], capacity: 262_144 },
  });
});

t.test('a new controller adopts what runs', async (t) => {
  const world = await World.serving();
  const before = instanceIn(world);
  world.killController(100);
  await world.calm();
  t.equal(instanceIn(world), before);
  t.notOk(world.points.includes('after startInstance'), 'nothing is started');
  t.equal(world.lineage(), 'whole');
  t.same(world.faults(), []);
});

t.test(
  'a crash outside a migration: down, then serving, and it says that state was lost',
  async (t) => {
    const world = await World.serving();
    world.crash('host1', instanceIn(world));
    t.match(world.controller.vnfs.status(VNF), { state: 'down', reason: 'killed by the test' });
    await world.calm();
    t.equal(world.controller.vnfs.status(VNF).reason, undefined);
    t.same(world.faults(), []);
    t.ok(types(world).includes('vnf.stateLost'));
  },
);

t.test('an instance that its agent has forgotten is started anew', async (t) => {
  const world = await World.serving();
  world.reboot('host1');
  await world.clock.run(1000);
  await world.calm();
  t.same(world.faults(), []);
  t.ok(types(world).includes('vnf.stateLost'));
});

t.test('an instance of nobody is stopped', async (t) => {
  const world = await World.serving();
  const spec = world.controller.vnfs.spec(VNF, 'host2', 'nat1.deadbeef', 'standby');
  world.hosts.get('host2')?.start(spec);
  world.loseAgent('host2', 100);
  await world.calm();
  t.same(world.faults(), []);
  const stopped = world.controller.history.find(({ type }) => type === 'instance.orphanStopped');
  t.match(stopped, { subject: 'nat1.deadbeef', data: { host: 'host2' } });
});

t.test('an instance of nobody that its agent starts again is stopped', async (t) => {
  const world = await World.serving();
  const spec = world.controller.vnfs.spec(VNF, 'host2', 'nat1.deadbeef', 'serving');
  world.hosts.get('host2')?.start(spec);
  // Its agent had no process of it while it was replaced: nobody has heard of it.
  world.crash('host2', 'nat1.deadbeef');
  await world.clock.until(() => types(world).includes('instance.restarted'), 10_000);
  await world.calm();
  t.same(world.faults(), []);
  t.notOk(world.hosts.get('host2')?.instances.has('nat1.deadbeef'));
});

t.test('what an old migration has left in another mode serves again', async (t) => {
  for (const mode of ['closed', 'hold', 'standby'] as const) {
    const world = await World.serving();
    const instance = world.instanceOn('host1');
    if (instance !== undefined) instance.mode = mode;
    world.loseAgent('host1', 100);
    await world.clock.run(500);
    t.equal(instance?.mode, 'serving', mode);
  }
});

t.test('a start that fails is tried again', async (t) => {
  const world = new World();
  world.strike('before startInstance', () => world.loseAgent('host1', 300));
  await world.startController();
  await world.clock.until(() => world.controller.vnfs.get(VNF)?.state === 'down', 5000);
  t.match(world.controller.vnfs.status(VNF).reason, /not connected/);
  await world.calm();
  t.same(world.faults(), []);
});

t.test('a switch that comes back gets everything, and is never without flows', async (t) => {
  const world = await World.serving();
  const flows = world.switch.table.flows.length;
  world.switch.onApplied = (table) => {
    if (table.flows.length < flows) t.fail('flows were missing');
    t.same(world.switch.activeHosts(), ['host1']);
  };
  world.loseSwitch(300);
  t.equal(world.controller.vnfs.get(VNF)?.state, 'serving', 'flows stay in the switch');
  await world.calm();
  t.equal(world.switch.table.flows.length, flows);
  const [cookie, ...others] = new Set(world.switch.table.flows.map((flow) => flow.cookie));
  t.same(others, [], 'of one generation');
  t.equal(typeof cookie, 'bigint');
});

t.test('a busy switch is compared again, and gets only what it lacks', async (t) => {
  const world = await World.serving();
  const { table } = world.switch;
  const [missing] = table.flows.splice(0, 1);
  let writes = 0;
  world.switch.onApplied = () => void (writes += 1);
  world.switch.busyFor = 3;
  world.loseSwitch(300);
  await world.calm();
  t.equal(world.switch.busyFor, 0, 'it was refused three times');
  t.equal(writes, 1, 'then written once');
  t.ok(table.flows.some(({ match }) => isDeepStrictEqual(match, missing?.match)));
  t.equal(types(world).filter((type) => type === 'steering.failed').length, 3);
  t.same(world.faults(), []);
});

t.test('a VNF waits for the ports of its host', async (t) => {
  const world = new World();
  const ports = new Map([...world.switch.ports]);
  world.switch.ports = new Map([...ports].filter(([name]) => name !== 's1-eth4'));
  await world.startController();
  await world.clock.run(2000);
  t.match(world.controller.vnfs.status(VNF), {
    state: 'starting',
    reason: /waiting for switch s1/,
  });
  const failed = world.controller.history.find(({ type }) => type === 'steering.failed');
  t.match(failed, { subject: 's1', data: { reason: /s1-eth4/ } });
  world.switch.ports = ports;
  world.controller.steering.portsChanged('s1');
  await world.calm();
  t.same(world.faults(), []);
});

t.test('a placement that the topology no longer allows is made anew', async (t) => {
  const world = new World();
  const clock = world.clock;
  const store = world.disk.store(clock, () => true);
  world.disk.values.set('placement/nat1', { host: 'client', instance: 'nat1.0000000a' });
  const loading = VnfTable.load(topology, store, new EventLog(clock));
  const table = await clock.settled(loading);
  t.equal(table.get(VNF)?.host, 'host1');
  t.match(world.disk.values.get('placement/nat1'), { host: 'host1' });
});
