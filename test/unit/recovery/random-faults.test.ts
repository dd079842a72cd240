/** Up to four faults of any kind at any time, with migrations: the VNF serves in the end, protected. */
import fc from 'fast-check';
import t from 'tap';
import { FAULTS, type Fault } from '../migration/world/fault-kinds.js';
import { protectedWorld } from './protected-world.js';

const fault = fc.constantFrom(...(Object.keys(FAULTS) as Fault[]));
const timed = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 6000 }), fault }), {
  minLength: 1,
  maxLength: 4,
});

t.test('any mix of faults', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      timed,
      fc.option(fc.integer({ min: 0, max: 3000 })),
      async (faults, migrateMs) => {
        const world = await protectedWorld();
        for (const { afterMs, fault } of faults) {
          world.clock.after(afterMs, () => FAULTS[fault](world));
        }
        if (migrateMs !== null) {
          world.clock.after(migrateMs, () => void world.migrate().catch(() => undefined));
        }
        await world.clock.run(7000);
        await world.calm();
        const wrong = world.faults();
        if (wrong.length > 0) throw new Error(wrong.join('; '));
      },
    ),
    { numRuns: 40, seed: 5 },
  );
  t.pass('40 mixes');
});
