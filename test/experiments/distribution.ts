// A plot of how a value is distributed over the runs: the share of them that had at most so much.
import type { Row } from './experiment.js';
import type { Plot, PlotSeries } from './plot.js';
import { choices, rowsWhere, valuesOf } from './rows.js';

/** A line for each choice of `series`. */
export function distributionPlot(
  rows: readonly Row[],
  { title, value, label, series }: { title: string; value: string; label: string; series: string },
): Plot {
  return {
    title,
    x: { label, scale: 'log' },
    y: { label: 'share of the runs', max: 1 },
    series: choices(rows, series).flatMap((choice): PlotSeries[] => {
      const values = valuesOf(rowsWhere(rows, { [series]: choice }), value).sort((a, b) => a - b);
      if (values.length === 0) return [];
      const points = values.map((x, index) => ({ x, y: (index + 1) / values.length }));
      return [{ name: String(choice), points }];
    }),
  };
}

/** How many runs had 0 of it; null when none was measured. */
export function zeros(rows: readonly Row[], name: string): number | null {
  const values = valuesOf(rows, name);
  return values.length === 0 ? null : values.filter((value) => value === 0).length;
}

/** The sum of what the runs had; null when none was measured. */
export function total(rows: readonly Row[], name: string): number | null {
  const values = valuesOf(rows, name);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}
