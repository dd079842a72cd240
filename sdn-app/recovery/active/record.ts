/** What the journal holds of each replica: written before it is asked for, and once it is ready. */
import { z } from 'zod';
import { flowsText } from '../../contract/flow-filter.js';
import { replicaStats } from '../../contract/instance.js';
import type { Store } from '../../store/journal.js';
import type { RecoveryPorts } from '../ports.js';
import { standbyRecord } from '../standby/record.js';

const JOURNAL_PREFIX = 'replica/';

/** `host` and `instance`: who keeps it, beside what it serves itself. */
export const replicaRecord = standbyRecord.extend({
  /** What the instance serves whose state it is. */
  flows: z.array(flowsText).min(1),
});
export type ReplicaRecord = z.infer<typeof replicaRecord>;

export function readReplicas(store: Store, vnf: string): ReplicaRecord[] {
  return store.entries(`${JOURNAL_PREFIX}${vnf}/`).map(([, value]) => replicaRecord.parse(value));
}

export async function writeReplica(store: Store, record: ReplicaRecord): Promise<void> {
  await store.write([[keyOf(record), record]]);
}

export async function forgetReplicas(
  store: Store,
  records: readonly ReplicaRecord[],
): Promise<void> {
  if (records.length > 0) await store.write(records.map((each) => [keyOf(each), null] as const));
}

function keyOf({ vnf, servingInst }: ReplicaRecord): string {
  return `${JOURNAL_PREFIX}${vnf}/${servingInst}`;
}

/**
 * After a restart of the controller: whether a replica that was ready serves by now. `part`: the
 * number of one of its parts, if it has some. Rejects while the switch cannot be asked, and, as long
 * as `patient`, while an agent is not there.
 */
export async function replicaServes(
  record: ReplicaRecord,
  part: number | undefined,
  { steering, hosts }: Pick<RecoveryPorts, 'steering' | 'hosts'>,
  patient: boolean,
): Promise<boolean> {
  const { vnf, host, instance, servingHost, servingInst } = record;
  if (patient && !(hosts.connected(host) && hosts.connected(servingHost))) {
    throw new Error(`not all agents of ${vnf} are there`);
  }
  const active = await steering.witness(vnf, servingHost, host, part);
  if (active === 'dest') return true;
  // An answer comes behind all news of its agent.
  const source = await hosts.stats(servingHost, servingInst).catch(() => undefined);
  // The order to take over may have reached the replica, and not the switch.
  if (hosts.instances(host)?.has(instance) === true) {
    return replicaStats(await hosts.stats(host, instance)).tookOver;
  }
  if (hosts.connected(host) || active === 'src' || source?.mode === 'serving') return false;
  throw new Error(`neither switch nor agents can tell who serves ${record.flows.join(' and ')}`);
}
