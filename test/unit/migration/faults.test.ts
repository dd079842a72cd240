/** Each fault at each point of a migration: how it ends, what state is left, and that the world is whole. */
import t from 'tap';
import { FAULTS, POINTS, type Fault, type Point } from './world/fault-kinds.js';
import type { Lineage } from './world/fake-instance.js';
import { World } from './world/world.js';

type End = 'completed' | 'rolledBack';

interface Expected {
  ends: End[];
  /** State of the instance that serves in the end. */
  lineage: Lineage;
}

const at = (point: Point): number => POINTS.indexOf(point);

/** Rolled back by a fault up to and with `last`, completed with one after it. */
const rolledBackUntil = (point: Point, last: Point): End[] => [
  at(point) <= at(last) ? 'rolledBack' : 'completed',
];

const EXPECTED: Record<Fault, (point: Point) => Expected> = {
  'destInst dies': (point) => ({
    ends:
      point === 'before startInstance'
        ? ['completed']
        : rolledBackUntil(point, 'after prepareSwitch'),
    // With srcInst removed it is a crash like any other.
    lineage: point.endsWith('stopInstance') ? 'empty' : 'whole',
  }),
  'srcInst dies': (point) => ({
    ends: rolledBackUntil(point, 'synchronised'),
    lineage: at(point) <= at('synchronised') ? 'empty' : at(point) <= at('ended') ? 'cut' : 'whole',
  }),
  'dest host reboots': (point) => ({
    ends:
      at(point) <= at('after startInstance')
        ? ['completed']
        : rolledBackUntil(point, 'after prepareSwitch'),
    lineage: point.endsWith('stopInstance') ? 'empty' : 'whole',
  }),
  'src host reboots': (point) => ({
    ends: rolledBackUntil(point, 'synchronised'),
    lineage: at(point) <= at('synchronised') ? 'empty' : at(point) <= at('ended') ? 'cut' : 'whole',
  }),
  'dest agent gone shortly': (point) => ({
    // Whether the first `listen` came through is not known, and its port is lost.
    ends: point === 'after listen' ? ['rolledBack'] : ['completed'],
    lineage: 'whole',
  }),
  'dest agent killed': (point) => ({
    ends: point === 'after listen' ? ['rolledBack'] : ['completed'],
    lineage: 'whole',
  }),
  'dest agent gone for long': (point) => ({
    ends: rolledBackUntil(point, 'after prepareSwitch'),
    lineage: 'whole',
  }),
  'src agent gone shortly': () => ({ ends: ['completed'], lineage: 'whole' }),
  'src agent killed': () => ({ ends: ['completed'], lineage: 'whole' }),
  'src agent gone for long': (point) => ({
    ends: rolledBackUntil(point, 'after prepareSwitch'),
    lineage: 'whole',
  }),
  'switch gone shortly': (point) => ({
    ends: [point === 'commit' ? 'rolledBack' : 'completed'],
    lineage: 'whole',
  }),
  'switch restarted empty': (point) => ({
    ends: [point === 'commit' ? 'rolledBack' : 'completed'],
    lineage: 'whole',
  }),
  'switch gone for long': (point) => ({ ends: rolledBackUntil(point, 'commit'), lineage: 'whole' }),
  'controller killed': (point) => ({ ends: rolledBackUntil(point, 'commit'), lineage: 'whole' }),
  'disk full for a while': (point) => ({
    ends: rolledBackUntil(point, 'after prepareSwitch'),
    lineage: 'whole',
  }),
  'stream cut': (point) => ({
    // From `prepareSwitch` on srcInst heals it.
    ends: rolledBackUntil(point, 'before prepareSwitch'),
    lineage: 'whole',
  }),
  'commit refused': (point) => ({ ends: rolledBackUntil(point, 'commit'), lineage: 'whole' }),
};

for (const [fault, strike] of Object.entries(FAULTS) as [Fault, (world: World) => void][]) {
  t.test(fault, async (t) => {
    for (const point of POINTS) {
      const world = await World.serving();
      let struck = false;
      world.strike(point, () => {
        struck = true;
        strike(world);
      });
      const { id } = await world.migrate();
      await world.calm();
      const { state, reason } = world.controller.coordinator.get(id);
      const { ends, lineage } = EXPECTED[fault](point);
      t.ok(struck, `${point}: reached`);
      t.ok(
        ends.some((end) => end === state),
        `${point}: ${state} is ${ends.join(' or ')}`,
      );
      t.same(world.faults(), [], `${point}: the world is whole`);
      t.equal(world.lineage(), lineage, `${point}: state`);
      t.equal(reason !== undefined, state === 'rolledBack', `${point}: a reason if rolled back`);
    }
  });
}

t.test('destInst dies again and again: enough after two restarts', async (t) => {
  const world = await World.serving();
  const kill = () => {
    world.crash('host2', world.instanceOn('host2')?.spec.id);
    world.strike('committed', kill);
  };
  world.strike('committed', kill);
  const { id } = await world.migrate();
  await world.calm();
  const { state, restarts, reason, notes } = world.controller.coordinator.get(id);
  t.equal(state, 'rolledBack');
  t.equal(restarts, 2);
  t.match(reason, /2 restarts are enough/);
  t.match(notes[0], /starts anew/);
  t.same(world.faults(), []);
  t.equal(world.lineage(), 'whole', 'srcInst has everything');
});

t.test('both die after the switch: failed, and the VNF starts again empty', async (t) => {
  const world = await World.serving();
  world.strike('committed', () => {
    FAULTS['srcInst dies'](world);
    FAULTS['destInst dies'](world);
  });
  const { id } = await world.migrate();
  await world.calm();
  const { state, reason } = world.controller.coordinator.get(id);
  t.equal(state, 'failed');
  t.match(reason, /its state is lost/);
  t.same(world.faults(), []);
  t.equal(world.lineage(), 'empty');
  t.same(world.controller.coordinator.report(id).guarantees, [], 'nothing is guaranteed any more');
});

t.test('an end that is not on disk is not shown', async (t) => {
  const world = await World.serving();
  world.strike('after stopInstance', () => world.fillDisk(3000));
  const { id } = await world.migrate();
  await world.clock.until(() => world.disk.full, 10_000);
  await world.clock.run(2500);
  t.equal(world.controller.coordinator.get(id).state, 'draining');
  t.equal(world.controller.vnfs.get('nat1')?.state, 'migrating', 'nor is the VNF free');
  world.killController(100);
  await world.calm();
  t.equal(world.controller.coordinator.get(id).state, 'completed', 'taken up again');
  t.same(world.faults(), []);
});

t.test(
  'destInst dies when it is placed, srcInst removed, and the end not yet on disk',
  async (t) => {
    const world = await World.serving();
    world.strike('after stopInstance', () => {
      world.killController(400);
      FAULTS['destInst dies'](world);
    });
    const { id } = await world.migrate();
    await world.calm();
    t.equal(world.controller.coordinator.get(id).state, 'completed', 'there is no way back');
    t.same(world.faults(), []);
  },
);

t.test('after a death the report claims no guarantee', async (t) => {
  const world = await World.serving();
  world.strike('committed', () => FAULTS['srcInst dies'](world));
  const { id } = await world.migrate();
  await world.calm();
  t.equal(world.controller.coordinator.get(id).state, 'completed');
  t.same(world.controller.coordinator.report(id).guarantees, []);
});

t.test('no progress for five seconds is a stuck stream', async (t) => {
  const world = await World.serving();
  // A peer that is gone without a word: nothing moves, nobody tells.
  world.strike('after connect', () => world.instanceOn('host2')?.freeze());
  const { id } = await world.migrate();
  await world.calm();
  const { state, reason } = world.controller.coordinator.get(id);
  t.equal(state, 'rolledBack');
  t.match(reason, /no byte of state has moved/);
  t.same(world.faults(), []);
});

t.test('a wait without a bound tells what for', async (t) => {
  const world = await World.serving();
  world.strike('committed', () => world.loseSwitch(12_000));
  await world.migrate();
  await world.calm();
  const waits = world.controller.history.filter(({ type }) => type === 'migration.waiting');
  t.ok(waits.length >= 2, 'every 5 s');
  t.match(waits[0]?.data, { for: 'the switch' });
});
