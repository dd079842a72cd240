/** Up to three faults of any kind at any time: both hosts serve in the end, each the other's replica. */
import fc from 'fast-check';
import t from 'tap';
import { FAULTS, type Fault } from '../migration/world/fault-kinds.js';
import { activeWorld, faultsOf } from './active-world.js';

const fault = fc.constantFrom(...(Object.keys(FAULTS) as Fault[]));
const timed = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 6000 }), fault }), {
  minLength: 1,
  maxLength: 3,
});

t.test('any mix of faults', async (t) => {
  await fc.assert(
    fc.asyncProperty(timed, async (faults) => {
      const world = await activeWorld();
      for (const { afterMs, fault } of faults) {
        world.clock.after(afterMs, () => FAULTS[fault](world));
      }
      await world.clock.run(7000);
      await world.calm();
      const wrong = faultsOf(world, true);
      if (wrong.length > 0) throw new Error(wrong.join('; '));
    }),
    { numRuns: 20, seed: 7 },
  );
  t.pass('20 mixes');
});
