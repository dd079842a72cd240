/** A migration's report: its own figures, and what the lab's load generator handed in. */
import { availableParallelism, release } from 'node:os';
import { FerryError } from '../contract/errors.js';
import type { Report } from '../contract/report.js';
import type { TrafficSubmission } from '../contract/rest.js';
import { unmeasuredFigures } from './figures.js';
import { hasEnded, type MigrationRecord } from './record.js';
import type { Strategy } from './strategy.js';

const NO_LOAD = 'no load generator reported on this migration';

type Measured = Omit<TrafficSubmission, 'unmeasured'>;

export const NO_TRAFFIC: Measured = {
  traffic: {
    offered: null,
    delivered: null,
    lost: null,
    duplicated: null,
    reordered: null,
    packetBytes: null,
    ratePps: null,
    flows: null,
    translationsChanged: null,
    tcp: { survived: null, retransmits: null, bytes: null },
  },
  latency: {
    p50Us: null,
    p99Us: null,
    p999Us: null,
    maxUs: null,
    longestGapMs: null,
    secondsOver15Ms: null,
  },
};

/** Throws REPORT_NOT_READY while the migration runs. */
export function reportOf(record: MigrationRecord, strategy: Strategy): Report {
  if (!hasEnded(record)) {
    const message = `migration ${record.id} is still ${record.figures.state}`;
    throw new FerryError('REPORT_NOT_READY', message);
  }
  const { traffic, latency } = record.traffic ?? NO_TRAFFIC;
  return {
    schemaVersion: 1,
    strategy: record.strategy,
    vnf: record.vnf,
    srcHost: record.srcHost,
    destHost: record.destHost,
    guarantees: faultless(record, strategy)
      ? strategy.guarantees.filter((each) => !record.broken.includes(each))
      : [],
    environment: { kernel: release(), ovs: record.ovs, cpus: availableParallelism() },
    traffic,
    migration: record.figures,
    latency,
    unmeasured: {
      ...unmeasuredFigures(record),
      ...unmeasuredTraffic({ traffic, latency }, record.traffic?.unmeasured ?? {}),
    },
  };
}

/** A strategy's guarantees hold while instances live; after a death the notes say what happened. */
function faultless(
  { endMissing, restarts, srcGone, figures }: MigrationRecord,
  { standsStill }: Strategy,
): boolean {
  return (
    !endMissing &&
    (!srcGone || standsStill === true) &&
    restarts === 0 &&
    figures.state !== 'failed'
  );
}

export function unmeasuredTraffic(
  measured: Measured,
  given: Record<string, string>,
): Record<string, string> {
  const reasons: Record<string, string> = {};
  const visit = (path: string, value: unknown) => {
    if (value === null) reasons[path] = given[path] ?? NO_LOAD;
    if (typeof value !== 'object' || value === null) return;
    for (const [key, each] of Object.entries(value))
      visit(path === '' ? key : `${path}.${key}`, each);
  };
  visit('', measured);
  return reasons;
}
