/** The tables that the demo prints, from nothing but the reports. */
import type { Report } from '../../contract/report.js';
import { bytes, count, microseconds, milliseconds } from '../format.js';
import { renderTable } from '../output.js';

/**
 * True when the run lost, doubled, reordered and changed nothing, and TCP lived through it. A
 * strategy that does not promise to lose nothing may.
 */
export function isClean(report: Report, withTcp: boolean): boolean {
  const { traffic, migration, guarantees } = report;
  const mayLose = guarantees.length > 0 && !guarantees.includes('loss-free');
  return (
    migration.state === 'completed' &&
    (traffic.lost === 0 || (mayLose && traffic.lost !== null)) &&
    traffic.duplicated === 0 &&
    traffic.reordered === 0 &&
    traffic.translationsChanged === 0 &&
    (!withTcp || traffic.tcp.survived === true)
  );
}

export function reportTable(report: Report): string {
  const { traffic, migration, latency } = report;
  const { phasesMs } = migration;
  const tcp =
    traffic.tcp.survived === null
      ? '-'
      : `${traffic.tcp.survived ? 'survived' : 'BROKE'}, ${bytes(traffic.tcp.bytes)}, ` +
        `${count(traffic.tcp.retransmits)} retransmits`;
  const rows = [
    ['offered', count(traffic.offered)],
    ['delivered', count(traffic.delivered)],
    ['lost', count(traffic.lost)],
    ['duplicated', count(traffic.duplicated)],
    ['reordered', count(traffic.reordered)],
    ['translations changed', count(traffic.translationsChanged)],
    ['TCP', tcp],
    ['migration', `${report.srcHost} to ${report.destHost}: ${migration.state}`],
    ['duration', milliseconds(migration.durationMs)],
    ...Object.entries(phasesMs).map(([name, ms]) => [`  ${name}`, milliseconds(ms)]),
    ['snapshot', `${bytes(migration.snapshotBytes)}, ${count(migration.snapshotEntries)} entries`],
    ['statelets', `${count(migration.statelets)}, ${bytes(migration.stateletBytes)}`],
    ['statelet factor', migration.stateletFactor?.toFixed(5) ?? '-'],
    ['peak buffered packets', count(migration.peakBufferedPackets)],
    ['stood still', milliseconds(migration.frozenMs)],
    ['switched by', bundleText(migration.bundle)],
    ['latency p50', microseconds(latency.p50Us)],
    ['latency p99', microseconds(latency.p99Us)],
    ['latency max', microseconds(latency.maxUs)],
    ['longest gap', milliseconds(latency.longestGapMs)],
    ['seconds over 15 ms', latency.secondsOver15Ms?.toFixed(4) ?? '-'],
    ...Object.entries(report.unmeasured).map(([field, why]) => [`(${field})`, why]),
  ];
  return renderTable([`${report.vnf}, ${report.strategy}`, ''], rows);
}

function bundleText(bundle: boolean | null): string {
  if (bundle === null) return '-';
  return bundle ? 'one bundle' : 'ordered flow-mods and barrier';
}

/** On a link that data and migration share: the duration beside the best that can be. */
export function limitLine(report: Report, limitMs: number): string {
  const { durationMs } = report.migration;
  const ratio = durationMs === null ? '-' : (durationMs / limitMs).toFixed(2);
  return (
    `limit snapshot / (capacity - data - statelets) ${milliseconds(limitMs)}, ` +
    `measured ${milliseconds(durationMs)}: ${ratio} times the limit`
  );
}

/** One line a run, and the worst of all below. */
export function seriesTable(reports: readonly Report[], withTcp: boolean): string {
  const head = [
    'run',
    'strategy',
    'to',
    'lost',
    'dup',
    'reord',
    'changed',
    'TCP',
    'duration',
    'switch+drain',
    'factor',
    'p99',
    'max',
    '>15 ms',
  ];
  const rows = reports.map((report, index) => [
    `${index + 1}${isClean(report, withTcp) ? '' : ' !'}`,
    report.strategy,
    report.destHost,
    ...figures(report).map(({ value, show }) => show(value)),
  ]);
  const columns = reports.map(figures);
  const worst = (columns[0] ?? []).map(({ show }, column) => {
    const values = columns.map((each) => each[column]?.value ?? null);
    return values.includes(null) ? '-' : show(Math.max(...values.map((value) => value ?? 0)));
  });
  return renderTable(head, [...rows, ['worst', '', '', ...worst]]);
}

interface Figure {
  value: number | null;
  show: (value: number | null) => string;
}

function figures({ traffic, migration, latency }: Report): Figure[] {
  const { switching, draining } = migration.phasesMs;
  const redirect = switching === null || draining === null ? null : switching + draining;
  const broke = traffic.tcp.survived === null ? null : Number(!traffic.tcp.survived);
  return [
    { value: traffic.lost, show: count },
    { value: traffic.duplicated, show: count },
    { value: traffic.reordered, show: count },
    { value: traffic.translationsChanged, show: count },
    { value: broke, show: (value) => (value === null ? '-' : value === 0 ? 'ok' : 'BROKE') },
    { value: migration.durationMs, show: milliseconds },
    { value: redirect, show: milliseconds },
    { value: migration.stateletFactor, show: (value) => value?.toFixed(5) ?? '-' },
    { value: latency.p99Us, show: microseconds },
    { value: latency.maxUs, show: microseconds },
    { value: latency.secondsOver15Ms, show: (value) => value?.toFixed(4) ?? '-' },
  ];
}
