/** Faults at points of a migration, drawn by chance: whatever the mix, the world is whole in the end. */
import fc from 'fast-check';
import { FAULTS, POINTS, type Fault, type Point } from './fault-kinds.js';
import { World } from './world.js';

const MIXES = 60;

export interface Strike {
  point: Point;
  fault: Fault;
}

export const anyFault = fc.constantFrom(...(Object.keys(FAULTS) as Fault[]));

/** Up to so many. */
export function anyStrikes(maxLength: number): fc.Arbitrary<Strike[]> {
  return fc.array(fc.record({ point: fc.constantFrom(...POINTS), fault: anyFault }), { maxLength });
}

/** A world in which these will strike when it migrates. */
export async function worldOf(strikes: readonly Strike[]): Promise<World> {
  const world = await World.serving();
  for (const { point, fault } of strikes) world.strike(point, () => FAULTS[fault](world));
  return world;
}

/** Throws when anything is wrong with the world after the migration. */
export function expectWhole(world: World, id: string): void {
  const wrong = world.faults();
  const { state } = world.controller.coordinator.get(id);
  if (wrong.length > 0) throw new Error(`${state}: ${wrong.join('; ')}`);
}

/** Migrates by this strategy under many mixes of up to two faults; throws for one that it does not bear. */
export async function bearsFaults(strategy: string, seed: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(anyStrikes(2), async (strikes) => {
      const world = await worldOf(strikes);
      const { id } = await world.migrate('host2', strategy);
      await world.calm();
      expectWhole(world, id);
    }),
    { numRuns: MIXES, seed },
  );
}
