/** The comparison that `npm run demo -- recovery` prints, from nothing but the reports. */
import { count, milliseconds } from '../../format.js';
import { renderTable } from '../../output.js';
import { FAULT_TEXT, type DemoFault } from './faults.js';
import type { RecoveryResult } from './run.js';

/** What came of one fault. */
export interface DemoResult extends RecoveryResult {
  fault: DemoFault;
}

const HEAD = [
  'fault',
  'mechanism',
  'detected by',
  'detected',
  'redirected',
  'took over',
  'outage',
  'lost',
  'changed',
  'redundant again',
];

export function comparisonTable(results: readonly DemoResult[]): string {
  const rows = results.map(({ fault, resource, report, redundantMs }) => {
    const { recovery, traffic } = report;
    const { redirected = null, tookOver = null } = resource.stepsMs;
    return [
      FAULT_TEXT[fault],
      recovery.mechanism,
      recovery.detectedBy,
      milliseconds(recovery.detectMs),
      milliseconds(redirected),
      milliseconds(tookOver),
      milliseconds(recovery.outageMs),
      count(traffic.lost),
      count(recovery.translationsChanged),
      milliseconds(redundantMs),
    ];
  });
  return renderTable(HEAD, [...rows, ...medians(results)]);
}

/** Of each mechanism and fault that struck more than once. */
function medians(results: readonly DemoResult[]): string[][] {
  const kindOf = ({ fault, report }: DemoResult) => `${report.recovery.mechanism} ${fault}`;
  return [...new Set(results.map(kindOf))].flatMap((kind) => {
    const group = results.filter((each) => kindOf(each) === kind);
    const [first] = group;
    const gaps = group.flatMap(({ report }) => report.recovery.outageMs ?? []);
    if (first === undefined || gaps.length < 2) return [];
    gaps.sort((a, b) => a - b);
    const middle = gaps[Math.floor(gaps.length / 2)] ?? null;
    const text = `median of ${gaps.length}: ${FAULT_TEXT[first.fault]}`;
    const { mechanism } = first.report.recovery;
    return [[text, mechanism, '', '', '', '', milliseconds(middle), '', '', '']];
  });
}
