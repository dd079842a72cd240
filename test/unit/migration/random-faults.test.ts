/** Up to five faults, at points and at times: whatever the mix, the world is whole in the end. */
import fc from 'fast-check';
import t from 'tap';
import { FAULTS } from './world/fault-kinds.js';
import { anyFault, anyStrikes, expectWhole, worldOf } from './world/fault-mixes.js';

const timed = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 8000 }), fault: anyFault }), {
  maxLength: 2,
});

t.test('any mix of faults', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyStrikes(3), timed, async (atPoints, atTimes) => {
      const world = await worldOf(atPoints);
      const { id } = await world.migrate();
      for (const { afterMs, fault } of atTimes) {
        world.clock.after(afterMs, () => FAULTS[fault](world));
      }
      await world.clock.run(9000);
      await world.calm();
      expectWhole(world, id);
      const someoneDied = [...atPoints, ...atTimes].some(({ fault }) => /dies|reboots/.test(fault));
      if (!someoneDied && world.lineage() !== 'whole') throw new Error('state was lost');
    }),
    { numRuns: 150, seed: 20 },
  );
  t.pass('150 mixes');
});
