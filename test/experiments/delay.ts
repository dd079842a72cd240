// Figure 6 of the paper: packets that a migration makes late, over the rate of the data.
import type { Conclusion, Experiment, Row } from './experiment.js';
import { rowsWhere, valuesOf } from './rows.js';
import { highestSurvived, settings, SWEEP, sweepGroups, SWEEP_NOTES, sweepPlots } from './sweep.js';

function conclude(rows: readonly Row[]): Conclusion {
  const late = 'Seconds of packets that took over 15 ms';
  return {
    plots: sweepPlots(rows, 'delay', 'secondsOver15Ms', late, 'seconds over 15 ms'),
    findings: settings(rows).map((setting) => {
      const statelet = rowsWhere(rows, { ...setting, strategy: 'statelet' });
      const highest = highestSurvived(statelet)?.mbps ?? 0;
      const until = statelet.filter(({ params }) => Number(params['mbps']) <= highest);
      const seconds = valuesOf(until, 'secondsOver15Ms');
      return {
        text: `${setting.nf}, ${setting.bytes} bytes: most seconds over 15 ms with statelet, up to ${highest} Mbit/s`,
        value: seconds.length === 0 ? null : Math.max(...seconds),
        aim: { atMost: 0 },
      };
    }),
    notes: [
      ...SWEEP_NOTES,
      'The paper counts round trips over 15 ms; here each way counts by itself. Two seconds before and after the migration are in it: what the lab itself delays counts too.',
    ],
  };
}

export const delay: Experiment = {
  name: 'delay',
  summary: 'Packets that a migration makes later than 15 ms, strategy beside strategy.',
  ...SWEEP,
  groups: sweepGroups,
  conclude,
};
