// Figure 7 of the paper: how long a migration takes, over the rate of the data.
import type { Conclusion, Experiment, Finding, Row } from './experiment.js';
import { median, rowsWhere } from './rows.js';
import { highestSurvived, settings, SWEEP, sweepGroups, SWEEP_NOTES, sweepPlots } from './sweep.js';

function conclude(rows: readonly Row[]): Conclusion {
  const whole = rows.filter(({ values }) => values['completed'] === 1);
  return {
    plots: sweepPlots(whole, 'duration', 'durationMs', 'Duration of a migration', 'ms'),
    findings: settings(rows).flatMap((setting) => findingsOf(rowsWhere(rows, setting), setting)),
    notes: [...SWEEP_NOTES, 'Only migrations that moved the VNF have a duration.'],
  };
}

function findingsOf(
  rows: readonly Row[],
  { nf, bytes }: ReturnType<typeof settings>[number],
): Finding[] {
  const [statelet, duplicate] = ['statelet', 'duplicate'].map(
    (strategy) => highestSurvived(rowsWhere(rows, { strategy }))?.mbps ?? 0,
  );
  const both = Math.min(statelet ?? 0, duplicate ?? 0);
  const took = (strategy: string): number | null =>
    median(rowsWhere(rows, { strategy, mbps: both }), 'durationMs');
  const [fast, slow] = [took('statelet'), took('duplicate')];
  return [
    {
      text: `${nf}, ${bytes} bytes: duration with statelet over that with duplicate, at ${both} Mbit/s, the highest rate that both survive`,
      value: fast === null || slow === null ? null : fast / slow,
      aim: { atMost: 1 / 3 },
    },
  ];
}

export const duration: Experiment = {
  name: 'duration',
  summary: 'How long a migration takes at rising rates, strategy beside strategy.',
  ...SWEEP,
  groups: sweepGroups,
  conclude,
};
