// Every strategy that moves state by a stream: what it tells srcInst, what its report says, and that
// faults leave the world whole.
import t from 'tap';
import { strategies, strategyNamed } from '../../../sdn-app/migration/registry.js';
import { bearsFaults } from './world/fault-mixes.js';
import { World } from './world/world.js';

t.test('each has a name of its own and says what it holds', (t) => {
  const names = strategies().map(({ name }) => name);
  t.same(names, [...new Set(names)]);
  t.equal(names[0], 'statelet', 'the usual one comes first');
  for (const { name } of strategies()) t.equal(strategyNamed(name).name, name);
  t.throws(() => strategyNamed('teleport'), { code: 'STRATEGY_UNKNOWN', field: 'strategy' });
  t.end();
});

for (const [strategy, content] of [
  ['statelet', undefined],
  ['duplicate', 'packets'],
] as const) {
  t.test(`${strategy} sends ${content ?? 'statelets'} after the snapshot`, async (t) => {
    const world = await World.serving();
    const { id } = await world.migrate('host2', strategy);
    const src = world.instanceOn('host1');
    await world.calm();
    t.equal(src?.content, content);
    const { coordinator } = world.controller;
    t.match(coordinator.get(id), { state: 'completed', strategy });
    t.same(coordinator.report(id).guarantees, ['loss-free', 'order-preserving']);
    t.equal(world.lineage(), 'whole');
    t.same(world.faults(), []);
  });
}

t.test('duplicate under faults: the world is whole in the end', async (t) => {
  await t.resolves(bearsFaults('duplicate', 4));
});
