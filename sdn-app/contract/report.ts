/** The migration report: one JSON document, the source of every printed table. docs/report.md. */
import { z } from 'zod';
import { nodeName, objectName } from './names.js';

/** Null when it could not be measured; `unmeasured` then says why, by the field's path. */
const measured = z.number().nullable();

export const guarantee = z.enum(['loss-free', 'order-preserving', 'no-buffering']);
export type Guarantee = z.infer<typeof guarantee>;

export const trafficReport = z.strictObject({
  offered: measured,
  delivered: measured,
  lost: measured,
  duplicated: measured,
  reordered: measured,
  packetBytes: measured,
  ratePps: measured,
  flows: measured,
  translationsChanged: measured,
  tcp: z.strictObject({
    survived: z.boolean().nullable(),
    retransmits: measured,
    bytes: measured,
  }),
});

export const MIGRATION_STATES = [
  'preparing',
  'synchronising',
  'synchronised',
  'switching',
  'draining',
  'completed',
  'rollingBack',
  'rolledBack',
  'failed',
] as const;
export const migrationState = z.enum(MIGRATION_STATES);
export type MigrationState = z.infer<typeof migrationState>;

export const migrationFigures = z.strictObject({
  state: migrationState,
  durationMs: measured,
  phasesMs: z.strictObject({
    preparing: measured,
    synchronising: measured,
    synchronised: measured,
    switching: measured,
    draining: measured,
  }),
  snapshotBytes: measured,
  snapshotEntries: measured,
  statelets: measured,
  stateletBytes: measured,
  dataplaneBytes: measured,
  stateletFactor: measured,
  peakBufferedPackets: measured,
  /** From srcInst's standing still until destInst served in its place. */
  frozenMs: measured.default(0),
  /** True when the switch took the redirect as one bundle; false for the ordered fallback. */
  bundle: z.boolean().nullable(),
});

export const latencyReport = z.strictObject({
  p50Us: measured,
  p99Us: measured,
  p999Us: measured,
  maxUs: measured,
  longestGapMs: measured,
  secondsOver15Ms: measured,
});

export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  strategy: z.string(),
  vnf: objectName,
  srcHost: nodeName,
  destHost: nodeName,
  guarantees: z.array(guarantee),
  environment: z.strictObject({
    kernel: z.string(),
    ovs: z.string().nullable(),
    cpus: z.int(),
  }),
  traffic: trafficReport,
  migration: migrationFigures,
  latency: latencyReport,
  /** Field path to the reason why it is null. */
  unmeasured: z.record(z.string(), z.string()),
});
export type Report = z.infer<typeof reportSchema>;

/** Document of `--runs K` with K above 1. */
export const reportSeriesSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runs: z.array(reportSchema).min(2),
});
export type ReportSeries = z.infer<typeof reportSeriesSchema>;
