/** A recovery's report: its own figures, and what the lab's load generator handed in. */
import { availableParallelism, release } from 'node:os';
import { FerryError } from '../contract/errors.js';
import { isShared } from '../contract/recovery-policy.js';
import type { RecoveryReport } from '../contract/recovery.js';
import { NO_TRAFFIC, unmeasuredTraffic } from '../migration/report.js';
import type { RecoveryRecord } from './record.js';

/** Throws REPORT_NOT_READY while the recovery runs. */
export function reportOf(record: RecoveryRecord): RecoveryReport {
  if (record.endedAt === null) {
    throw new FerryError('REPORT_NOT_READY', `recovery ${record.id} still runs`);
  }
  const { traffic, latency } = record.traffic ?? NO_TRAFFIC;
  const given = record.traffic?.unmeasured ?? {};
  const { outageMs, mechanism } = record.recovery;
  // Where others serve on, the longest gap of all traffic says little of those that have failed.
  const gapMs = isShared(mechanism) ? (outageMs ?? latency.longestGapMs) : latency.longestGapMs;
  const recovery = {
    ...record.recovery,
    lostPackets: traffic.lost,
    translationsChanged: traffic.translationsChanged,
    outageMs: gapMs ?? outageMs,
  };
  return {
    schemaVersion: 1,
    vnf: record.vnf,
    srcHost: record.srcHost,
    destHost: record.destHost,
    environment: { kernel: release(), ovs: record.ovs, cpus: availableParallelism() },
    traffic,
    recovery,
    latency,
    unmeasured: {
      ...unmeasuredTraffic({ traffic, latency }, given),
      ...unmeasuredRecovery(recovery, given),
    },
  };
}

function unmeasuredRecovery(
  recovery: RecoveryReport['recovery'],
  given: Record<string, string>,
): Record<string, string> {
  const reasons: Record<string, string> = {};
  for (const [key, value] of Object.entries(recovery)) {
    if (value !== null) continue;
    const path = `recovery.${key}`;
    reasons[path] = given[path] ?? 'nothing tells when it began, or what was lost';
  }
  return reasons;
}
