/** What the load generator counted, as a migration's or a recovery's report takes it. */
import type { TrafficReport } from '../../../native/traffic-report.js';
import type { TrafficSubmission } from '../../contract/rest.js';
import type { TcpResult } from './tcp-transfer.js';

/** Without `tcp` the load had no TCP transfer. */
export function submission(account: TrafficReport, tcp?: TcpResult): TrafficSubmission {
  const { offered, delivered, lost, duplicated, reordered, packetBytes, ratePps } = account;
  const unmeasured: Record<string, string> = {};
  const reason = tcp === undefined ? 'this load has no TCP transfer' : tcp.reason;
  const { survived = null, retransmits = null, bytes = null } = tcp ?? {};
  for (const [name, value] of Object.entries({ survived, retransmits, bytes })) {
    if (value === null) unmeasured[`traffic.tcp.${name}`] = reason ?? 'iperf3 did not tell';
  }
  for (const [name, value] of Object.entries(account.latency)) {
    if (value === null) unmeasured[`latency.${name}`] = 'no packet arrived';
  }
  return {
    traffic: {
      ...{ offered, delivered, lost, duplicated, reordered, packetBytes, ratePps },
      flows: account.flows,
      translationsChanged: account.translationsChanged,
      tcp: { survived, retransmits, bytes },
    },
    latency: account.latency,
    unmeasured,
  };
}
