// Strategies side by side: medians of the runs that completed.
import t from 'tap';
import { comparisonTable } from '../../../../sdn-app/cli/demo/strategy-table.js';
import type { Report } from '../../../../sdn-app/contract/report.js';
import { sampleReport } from '../sample.js';

function report(
  strategy: string,
  durationMs: number,
  change: (report: Report) => void = () => undefined,
): Report {
  const made = { ...sampleReport(), strategy };
  made.migration.durationMs = durationMs;
  change(made);
  return made;
}

const rowOf = (text: string, title: string): string =>
  text.split('\n').find((line) => line.includes(`│ ${title} `)) ?? '';

t.test('a column for each strategy, of several runs the median', (t) => {
  const text = comparisonTable([
    report('statelet', 100),
    report('duplicate', 900, ({ guarantees }) => guarantees.splice(0)),
    report('statelet', 300),
    report('duplicate', 800),
    report('statelet', 200),
  ]);
  t.match(rowOf(text, 'strategy'), /statelet +│ duplicate/);
  t.match(rowOf(text, 'completed'), /3 of 3 +│ 2 of 2/);
  t.match(rowOf(text, 'duration'), /200 ms +│ 800 ms/);
  t.match(rowOf(text, 'guarantees'), /loss-free, order-preserving +│ none/, 'what every run held');
  t.end();
});

t.test('runs that did not complete have no figures', (t) => {
  const text = comparisonTable([
    report('statelet', 100),
    report('duplicate', 41_000, ({ migration }) => {
      migration.state = 'rolledBack';
    }),
  ]);
  t.match(rowOf(text, 'completed'), /1 of 1 +│ 0 of 1/);
  t.match(rowOf(text, 'duration'), /100 ms +│ - /);
  t.end();
});
