// Strategy `freeze`: the image goes over and nothing else; whatever fails before destInst is placed,
// srcInst goes on with all it had.
import fc from 'fast-check';
import t from 'tap';
import { reportSchema } from '../../../sdn-app/contract/report.js';
import { FAULTS, type Fault } from './world/fault-kinds.js';
import { World } from './world/world.js';

/** In the order in which a faultless one reaches them. */
const POINTS = [
  ...['before freeze', 'after freeze', 'before receiveCheckpoint', 'after receiveCheckpoint'],
  ...['before sendCheckpoint', 'after sendCheckpoint'],
  ...['before restore', 'after restore'],
  ...['commit', 'committed', 'before stopInstance', 'after stopInstance'],
];
const LAST_BEFORE_COMMIT = POINTS.indexOf('after restore');

async function serving(): Promise<World> {
  const world = await World.serving();
  world.switch.redirectShows = 'groupMod';
  return world;
}

t.test('without faults', async (t) => {
  const world = await serving();
  const before = world.instanceOn('host1')?.spec.id;
  const { id } = await world.migrate('host2', 'freeze');
  await world.calm();
  const { coordinator, history, vnfs } = world.controller;
  t.equal(coordinator.get(id).state, 'completed');
  t.same(world.faults(), []);
  t.equal(world.lineage(), 'whole');
  t.match(vnfs.get('nat1'), { host: 'host2', instance: before }, 'under the name it had');
  t.same(
    world.points.filter((point) => POINTS.includes(point)),
    POINTS,
  );
  const states = history
    .filter(({ type }) => type === 'migration.state')
    .map(({ data }) => data['state']);
  t.same(states, [
    ...['preparing', 'synchronising', 'synchronised', 'switching', 'draining'],
    'completed',
  ]);
  const report = reportSchema.parse(coordinator.report(id));
  t.same(report.guarantees, ['order-preserving', 'no-buffering']);
  t.match(report.migration, { snapshotBytes: 10_000, statelets: null, peakBufferedPackets: 0 });
  t.ok((report.migration.frozenMs ?? 0) > 200, 'dump, copy and restore');
  t.match(report.unmeasured['migration.statelets'], /moves an image/);
  t.match(report.unmeasured['migration.stateletFactor'], /moves an image/);
});

t.test('there and back: the image of then is not taken for the one of now', async (t) => {
  const world = await serving();
  for (const to of ['host2', 'host1', 'host2']) {
    await world.migrate(to, 'freeze');
    await world.calm();
    t.equal(world.controller.vnfs.get('nat1')?.host, to);
    t.same(world.faults(), []);
    t.equal(world.lineage(), 'whole');
  }
});

const KEEPS_STATE: Fault[] = [
  ...(['destInst dies', 'dest host reboots', 'dest agent gone shortly'] as const),
  ...(['dest agent gone for long', 'dest agent killed', 'src agent gone shortly'] as const),
  ...(['src agent gone for long', 'src agent killed', 'switch gone shortly'] as const),
  ...(['switch gone for long', 'switch restarted empty', 'controller killed'] as const),
  ...(['disk full for a while', 'commit refused'] as const),
];

for (const fault of KEEPS_STATE) {
  t.test(fault, async (t) => {
    for (const [index, point] of POINTS.entries()) {
      // Once srcInst is being removed, the death of destInst is a crash like any other.
      if (/dies|reboots/.test(fault) && point.endsWith('stopInstance')) continue;
      const world = await serving();
      world.strike(point, () => FAULTS[fault](world));
      const { id } = await world.migrate('host2', 'freeze');
      await world.calm();
      const { state } = world.controller.coordinator.get(id);
      t.same(world.faults(), [], `${point}: ${state}`);
      t.equal(world.lineage(), 'whole', `${point}: ${state}`);
      if (state === 'rolledBack')
        t.ok(index <= LAST_BEFORE_COMMIT + 2 || /dies|reboots/.test(fault), point);
    }
  });
}

t.test('any mix of faults', async (t) => {
  const fault = fc.constantFrom(...(Object.keys(FAULTS) as Fault[]));
  const strikes = fc.array(fc.record({ point: fc.constantFrom(...POINTS), fault }), {
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(strikes, async (atPoints) => {
      const world = await serving();
      for (const { point, fault } of atPoints) world.strike(point, () => FAULTS[fault](world));
      const { id } = await world.migrate('host2', 'freeze');
      await world.calm();
      const { state } = world.controller.coordinator.get(id);
      const wrong = world.faults();
      if (wrong.length > 0) throw new Error(`${state}: ${wrong.join('; ')}`);
    }),
    { numRuns: 100, seed: 7 },
  );
  t.pass('100 mixes');
});
