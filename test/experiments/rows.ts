// Questions to measured rows.
import { spread, type Spread } from '../bench/bench.js';
import type { Params, Row } from './experiment.js';

export type Where = Partial<Params>;

/** The rows whose parameters are as `where` has them. */
export function rowsWhere(rows: readonly Row[], where: Where): Row[] {
  const wanted = Object.entries(where);
  return rows.filter(({ params }) => wanted.every(([name, value]) => params[name] === value));
}

/** The values of one name that were measured. */
export function valuesOf(rows: readonly Row[], name: string): number[] {
  return rows.map(({ values }) => values[name] ?? null).filter((value) => value !== null);
}

/** Different values of a parameter, as they come. */
export function choices(rows: readonly Row[], name: string): (string | number)[] {
  const found = rows.map(({ params }) => params[name]).filter((value) => value !== undefined);
  return [...new Set(found)];
}

/** Null when nothing was measured. */
export function median(rows: readonly Row[], name: string): number | null {
  const values = valuesOf(rows, name);
  return values.length === 0 ? null : spread(values).median;
}

export interface PointSummary {
  params: Params;
  runs: number;
  values: Record<string, Spread>;
}

/** Every point with the spread of what was measured there, in the order of their first runs. */
export function summarise(rows: readonly Row[]): PointSummary[] {
  const points = new Map<string, Row[]>();
  for (const row of rows) {
    const key = paramsKey(row.params);
    points.set(key, [...(points.get(key) ?? []), row]);
  }
  return [...points.values()].map((group) => {
    const names = new Set(group.flatMap(({ values }) => Object.keys(values)));
    const values: Record<string, Spread> = {};
    for (const name of names) {
      const measured = valuesOf(group, name);
      if (measured.length > 0) values[name] = spread(measured);
    }
    return { params: group[0]?.params ?? {}, runs: group.length, values };
  });
}

/** Equal for equal parameters, in whatever order they are written. */
export function paramsKey(params: Params): string {
  return JSON.stringify(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)));
}
