/** What the journal holds of a standby: written before it is started, and again once it is ready. */
import { z } from 'zod';
import { instanceId } from '../../contract/instance.js';
import { nodeName, objectName } from '../../contract/names.js';
import type { Store } from '../../store/journal.js';
import type { Observed } from '../mechanism.js';

const JOURNAL_PREFIX = 'standby/';

export const standbyRecord = z.strictObject({
  vnf: objectName,
  host: nodeName,
  instance: instanceId,
  servingHost: nodeName,
  servingInst: instanceId,
  /**
   * It may be told to take over at any time, without another word in the journal: a restarted
   * controller has to ask the switch whether it was.
   */
  ready: z.boolean(),
});
export type StandbyRecord = z.infer<typeof standbyRecord>;

/** The standby hears the instance that it is of. */
export function observedBy(
  record: Pick<StandbyRecord, 'host' | 'instance' | 'servingHost' | 'servingInst'>,
): Observed {
  const { host, instance, servingHost, servingInst } = record;
  return {
    serving: { host: servingHost, instance: servingInst },
    observer: { host, instance },
  };
}

export function readStandby(store: Store, vnf: string): StandbyRecord | undefined {
  const [found] = store.entries(`${JOURNAL_PREFIX}${vnf}`).filter(([key]) => key === keyOf(vnf));
  return found === undefined ? undefined : standbyRecord.parse(found[1]);
}

export async function writeStandby(store: Store, record: StandbyRecord): Promise<void> {
  await store.write([[keyOf(record.vnf), record]]);
}

export async function forgetStandby(store: Store, vnf: string): Promise<void> {
  await store.write([[keyOf(vnf), null]]);
}

function keyOf(vnf: string): string {
  return `${JOURNAL_PREFIX}${vnf}`;
}
