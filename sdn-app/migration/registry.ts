/** The migration strategies by name: a strategy is its own file and one line here. */
import { FerryError } from '../contract/errors.js';
import { duplicateStrategy } from './strategies/duplicate.js';
import { freezeStrategy } from './strategies/freeze.js';
import { moveStrategy } from './strategies/move.js';
import { stateletStrategy } from './strategies/statelet.js';
import type { Strategy } from './strategy.js';

const STRATEGIES: ReadonlyMap<string, Strategy> = new Map(
  [stateletStrategy, duplicateStrategy, moveStrategy, freezeStrategy].map((strategy) => [
    strategy.name,
    strategy,
  ]),
);

/** In the order in which they are compared. */
export function strategies(): Strategy[] {
  return [...STRATEGIES.values()];
}

/** Throws STRATEGY_UNKNOWN. */
export function strategyNamed(name: string): Strategy {
  const strategy = STRATEGIES.get(name);
  if (strategy !== undefined) return strategy;
  const known = [...STRATEGIES.keys()].join(', ');
  throw new FerryError(
    'STRATEGY_UNKNOWN',
    `no strategy is named ${name}; known: ${known}`,
    'strategy',
  );
}
