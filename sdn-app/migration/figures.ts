/** A migration's figures from the statistics of its instances: measured, or null with the reason. */
import type { InstanceStats } from '../contract/instance.js';
import type { MigrationRecord } from './record.js';

const SENT = ['snapshotBytes', 'snapshotEntries', 'statelets', 'stateletBytes'] as const;

/** What was sent counts as srcInst counts it; when srcInst is gone, as destInst received it. */
export function takeFigures(
  record: MigrationRecord,
  src: InstanceStats | undefined,
  dest: InstanceStats | undefined,
): void {
  const { figures } = record;
  const sent = src?.sync ?? dest?.sync;
  if (sent !== undefined) for (const name of SENT) figures[name] = sent[name];
  // What srcInst has is more than the part that it sends.
  if (record.part !== null && dest !== undefined) {
    figures.snapshotEntries = dest.sync.snapshotEntries;
  }
  if (src !== undefined) figures.dataplaneBytes = src.sync.dataplaneBytes;
  if (dest !== undefined) {
    figures.peakBufferedPackets = dest.sync.heldPeakPackets + record.queuedPackets;
  }
  const { stateletBytes, dataplaneBytes } = figures;
  figures.stateletFactor =
    stateletBytes === null || dataplaneBytes === null || dataplaneBytes === 0
      ? null
      : stateletBytes / dataplaneBytes;
}

/** Why each figure that is null could not be measured, by its path in the report. */
export function unmeasuredFigures(record: MigrationRecord): Record<string, string> {
  const { figures } = record;
  const reasons: Record<string, string> = {};
  const explain = (path: string, value: unknown, reason: string) => {
    if (value === null) reasons[path] = record.unmeasured[path] ?? reason;
  };
  explain('migration.durationMs', figures.durationMs, 'the migration has not ended');
  for (const [phase, ms] of Object.entries(figures.phasesMs)) {
    explain(`migration.phasesMs.${phase}`, ms, 'the migration did not get that far');
  }
  for (const name of [...SENT, 'dataplaneBytes'] as const) {
    explain(`migration.${name}`, figures[name], 'no instance reported it');
  }
  const noTraffic = 'srcInst processed no packet during the migration, or did not report it';
  explain('migration.stateletFactor', figures.stateletFactor, noTraffic);
  const noDest = 'destInst did not report it';
  explain('migration.peakBufferedPackets', figures.peakBufferedPackets, noDest);
  explain('migration.frozenMs', figures.frozenMs, 'the migration has not ended');
  explain('migration.bundle', figures.bundle, 'the switch confirmed no redirect');
  explain('environment.ovs', record.ovs, 'the switch gave no software version');
  return reasons;
}
