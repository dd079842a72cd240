// What the demo prints comes from the report, and only a run without any fault is clean.
import t from 'tap';
import { isClean, reportTable, seriesTable } from '../../../../sdn-app/cli/demo/result-table.js';
import type { Report } from '../../../../sdn-app/contract/report.js';
import { sampleReport } from '../sample.js';

const faults: [string, (report: Report) => unknown][] = [
  ['lost', (report) => (report.traffic.lost = 1)],
  ['lost is not known', (report) => (report.traffic.lost = null)],
  ['duplicated', (report) => (report.traffic.duplicated = 1)],
  ['reordered', (report) => (report.traffic.reordered = 1)],
  ['translation changed', (report) => (report.traffic.translationsChanged = 1)],
  ['rolled back', (report) => (report.migration.state = 'rolledBack')],
  ['TCP broke', (report) => (report.traffic.tcp.survived = false)],
  ['TCP is not known', (report) => (report.traffic.tcp.survived = null)],
];

t.test('a run without a fault is clean', (t) => {
  t.ok(isClean(sampleReport(), true));
  t.end();
});

for (const [name, spoil] of faults) {
  t.test(`${name}: not clean`, (t) => {
    const report = sampleReport();
    spoil(report);
    t.notOk(isClean(report, true));
    t.end();
  });
}

t.test('a strategy that does not promise to lose nothing may lose, but must be measured', (t) => {
  const report = sampleReport();
  report.guarantees = ['order-preserving', 'no-buffering'];
  report.traffic.lost = 5;
  t.ok(isClean(report, true));
  report.traffic.lost = null;
  t.notOk(isClean(report, true));
  report.traffic.lost = 5;
  report.guarantees = [];
  t.notOk(isClean(report, true), 'no guarantee left is a fault');
  t.end();
});

t.test('without a TCP transfer its absence is no fault', (t) => {
  const report = sampleReport();
  report.traffic.tcp = { survived: null, retransmits: null, bytes: null };
  t.ok(isClean(report, false));
  t.end();
});

t.test('the table of a run shows its figures and why one is missing', (t) => {
  const report = sampleReport();
  report.latency.maxUs = null;
  report.unmeasured['latency.maxUs'] = 'the clock was away';
  const text = reportTable(report);
  for (const words of [
    /offered +│ 1,000/,
    /switching +│ 10\.0 ms/,
    /statelet factor +│ 0\.00710/,
  ]) {
    t.match(text, words);
  }
  t.match(text, /latency max +│ -/);
  t.match(text, /the clock was away/);
  t.end();
});

t.test('the table of a series ends with the worst of every column', (t) => {
  const worse = sampleReport();
  worse.traffic.lost = 3;
  worse.migration.phasesMs.draining = 45;
  const text = seriesTable([sampleReport(), worse, sampleReport()], true);
  const last = text.split('\n').findLast((line) => line.includes('worst')) ?? '';
  t.match(last, /│ 3 /);
  t.match(last, /55\.0 ms/, 'switching and draining together');
  t.match(text, /│ 2 ! /, 'the run with a fault is marked');
  t.end();
});
