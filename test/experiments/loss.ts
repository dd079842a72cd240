// Figures 4 and 5 of the paper: packets lost by a migration, over the rate of the data.
import type { Conclusion, Experiment, Finding, Row } from './experiment.js';
import { rowsWhere, valuesOf } from './rows.js';
import {
  highestSurvived,
  lowestFailed,
  settings,
  SWEEP,
  sweepGroups,
  SWEEP_NOTES,
  sweepPlots,
  type Sustained,
} from './sweep.js';

function conclude(rows: readonly Row[]): Conclusion {
  return {
    plots: sweepPlots(rows, 'loss', 'secondsOfLoss', 'Seconds of loss', 'seconds of loss'),
    findings: settings(rows).flatMap((setting) => findingsOf(rowsWhere(rows, setting), setting)),
    notes: [
      ...SWEEP_NOTES,
      'Loss begins at the first rate at which a run lost a packet or did not move the VNF; the rate before it is what was sustained. The ratio is of what was really offered at these rates.',
    ],
  };
}

function findingsOf(
  rows: readonly Row[],
  { nf, bytes }: ReturnType<typeof settings>[number],
): Finding[] {
  const highest = (strategy: string): Sustained | null =>
    highestSurvived(rowsWhere(rows, { strategy }));
  const [statelet, duplicate] = [highest('statelet'), highest('duplicate')];
  const tooMuch = lowestFailed(rowsWhere(rows, { strategy: 'duplicate' }));
  const clean = rowsWhere(rows, { strategy: 'statelet' }).filter(
    ({ params }) => statelet !== null && Number(params['mbps']) <= statelet.mbps,
  );
  const total = (name: string): number =>
    valuesOf(clean, name).reduce((sum, value) => sum + value, 0);
  const where = `${nf}, ${bytes} bytes`;
  return [
    {
      text: `${where}: Mbit/s each way that statelet sustains before loss begins, over what duplicate does (at ${statelet?.mbps ?? '-'} and ${duplicate?.mbps ?? '-'})`,
      value:
        statelet === null || duplicate === null
          ? null
          : statelet.offeredMbps / duplicate.offeredMbps,
      aim: { atLeast: 2.9 },
    },
    {
      text: `${where}: the same over the lowest rate that duplicate did not sustain (${tooMuch?.mbps ?? '-'}): what it sustains lies between, and so does the ratio`,
      value:
        statelet === null || tooMuch === null ? null : statelet.offeredMbps / tooMuch.offeredMbps,
    },
    {
      text: `${where}: packets that statelet lost, doubled or reordered up to there`,
      value: clean.length === 0 ? null : total('lost') + total('duplicated') + total('reordered'),
      aim: { atMost: 0 },
    },
  ];
}

export const loss: Experiment = {
  name: 'loss',
  summary: 'Packets lost by a migration at rising rates, strategy beside strategy.',
  ...SWEEP,
  groups: sweepGroups,
  conclude,
};
