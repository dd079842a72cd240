import t from 'tap';
import { reportSchema } from '../../../sdn-app/contract/report.js';
import { World } from './world/world.js';

t.test('a migration without faults', async (t) => {
  const world = await World.serving();
  const started = await world.migrate();
  t.equal(started.state, 'preparing');
  await world.calm();
  const { coordinator, history } = world.controller;
  const done = coordinator.get(started.id);
  t.equal(done.state, 'completed');
  t.same(world.faults(), []);
  t.equal(world.lineage(), 'whole');
  t.equal(world.controller.vnfs.get('nat1')?.host, 'host2');
  t.same(done.notes, []);
  t.equal(done.restarts, 0);

  const states = history
    .filter(({ type }) => type === 'migration.state')
    .map(({ data }) => data['state']);
  t.same(states, [
    ...['preparing', 'synchronising', 'synchronised', 'switching', 'draining'],
    'completed',
  ]);
  const { phasesMs, durationMs, ...figures } = done.figures;
  const sum = Object.values(phasesMs).reduce<number>((total, ms) => total + (ms ?? NaN), 0);
  t.equal(sum, durationMs, 'the phases make up the duration');
  t.ok((phasesMs.switching ?? NaN) + (phasesMs.draining ?? NaN) < 50);
  t.equal(figures.bundle, true);
  t.equal(figures.stateletFactor, 0.01);
  t.equal(figures.peakBufferedPackets, 7);

  const report = reportSchema.parse(coordinator.report(started.id));
  t.same(report.guarantees, ['loss-free', 'order-preserving']);
  t.equal(report.environment.ovs, '3.1.0');
  t.equal(report.traffic.lost, null);
  t.match(report.unmeasured['traffic.lost'], /no load generator/);
  t.notOk('migration.durationMs' in report.unmeasured);
});

t.test('there and back, and there again', async (t) => {
  const world = await World.serving();
  for (const to of ['host2', 'host1', 'host2']) {
    const { id } = await world.migrate(to);
    await world.clock.until(
      () => world.controller.coordinator.get(id).state === 'completed',
      30_000,
    );
    t.equal(world.controller.vnfs.get('nat1')?.state, 'serving', 'free as soon as it has ended');
  }
  await world.calm();
  t.same(world.faults(), []);
  t.equal(world.lineage(), 'whole');
});
