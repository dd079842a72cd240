/** Up to five faults, at points and at times: whatever the mix, the world is whole in the end. */
import fc from 'fast-check';
import t from 'tap';
import { FAULTS, POINTS, type Fault } from './world/fault-kinds.js';
import { World } from './world/world.js';

const fault = fc.constantFrom(...(Object.keys(FAULTS) as Fault[]));
const strikes = fc.array(fc.record({ point: fc.constantFrom(...POINTS), fault }), { maxLength: 3 });
const timed = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 8000 }), fault }), {
  maxLength: 2,
});

t.test('any mix of faults', async (t) => {
  await fc.assert(
    fc.asyncProperty(strikes, timed, async (atPoints, atTimes) => {
      const world = await World.serving();
      for (const { point, fault } of atPoints) world.strike(point, () => FAULTS[fault](world));
      const { id } = await world.migrate();
      for (const { afterMs, fault } of atTimes) {
        world.clock.after(afterMs, () => FAULTS[fault](world));
      }
      await world.clock.run(9000);
      await world.calm();
      const { state } = world.controller.coordinator.get(id);
      const wrong = world.faults();
      if (wrong.length > 0) throw new Error(`${state}: ${wrong.join('; ')}`);
      const someoneDied = [...atPoints, ...atTimes].some(({ fault }) => /dies|reboots/.test(fault));
      if (!someoneDied && world.lineage() !== 'whole') throw new Error(`${state}: state was lost`);
    }),
    { numRuns: 150, seed: 20 },
  );
  t.pass('150 mixes');
});
