/** Strategies side by side, from nothing but the reports of their runs. */
import type { Report } from '../../contract/report.js';
import { bytes, count, microseconds, milliseconds } from '../format.js';
import { renderTable } from '../output.js';

interface Row {
  title: string;
  value: (report: Report) => number | null;
  show: (value: number | null) => string;
}

const ROWS: readonly Row[] = [
  { title: 'lost', value: ({ traffic }) => traffic.lost, show: count },
  { title: 'duplicated', value: ({ traffic }) => traffic.duplicated, show: count },
  { title: 'reordered', value: ({ traffic }) => traffic.reordered, show: count },
  {
    title: 'translations changed',
    value: ({ traffic }) => traffic.translationsChanged,
    show: count,
  },
  { title: 'TCP retransmits', value: ({ traffic }) => traffic.tcp.retransmits, show: count },
  { title: 'duration', value: ({ migration }) => migration.durationMs, show: milliseconds },
  { title: 'stood still', value: ({ migration }) => migration.frozenMs, show: milliseconds },
  { title: 'snapshot or image', value: ({ migration }) => migration.snapshotBytes, show: bytes },
  {
    title: 'statelets or copies',
    value: ({ migration }) => migration.stateletBytes,
    show: bytes,
  },
  {
    title: '  per byte of data',
    value: ({ migration }) => migration.stateletFactor,
    show: (value) => value?.toFixed(4) ?? '-',
  },
  {
    title: 'peak buffered packets',
    value: ({ migration }) => migration.peakBufferedPackets,
    show: count,
  },
  { title: 'longest gap', value: ({ latency }) => latency.longestGapMs, show: milliseconds },
  { title: 'latency p99', value: ({ latency }) => latency.p99Us, show: microseconds },
  { title: 'latency max', value: ({ latency }) => latency.maxUs, show: microseconds },
];

/** A column for each strategy; of several runs the median, of runs that did not complete none. */
export function comparisonTable(reports: readonly Report[]): string {
  const names = [...new Set(reports.map(({ strategy }) => strategy))];
  const runs = names.map((name) => reports.filter(({ strategy }) => strategy === name));
  const completed = runs.map((each) =>
    each.filter(({ migration }) => migration.state === 'completed'),
  );
  const rows = ROWS.map(({ title, value, show }) => [
    title,
    ...completed.map((each) => show(median(each.map(value)))),
  ]);
  return renderTable(
    ['strategy', ...names],
    [
      ['completed', ...runs.map((each, i) => `${completed[i]?.length ?? 0} of ${each.length}`)],
      ['guarantees', ...runs.map(guaranteesOf)],
      ...rows,
    ],
  );
}

/** What every run held. */
function guaranteesOf(reports: readonly Report[]): string {
  const [first, ...others] = reports;
  const held = (first?.guarantees ?? []).filter((each) =>
    others.every(({ guarantees }) => guarantees.includes(each)),
  );
  return held.length === 0 ? 'none' : held.join(', ');
}

/** The lower one of two in the middle; null when one is not known, or there is none. */
function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known.length < values.length ? null : (known[Math.floor((known.length - 1) / 2)] ?? null);
}
