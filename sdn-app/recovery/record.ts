/** What the journal holds of one recovery. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { recoveryId, recoveryResource, type RecoveryResource } from '../contract/recovery.js';
import { trafficSubmission } from '../contract/rest.js';

export const recoveryRecord = z.strictObject({
  ...recoveryResource.shape,
  reason: z.string().nullable(),
  /** What of the figures is null, and why. */
  unmeasured: z.record(z.string(), z.string()),
  ovs: z.string().nullable(),
  traffic: trafficSubmission.nullable(),
});
export type RecoveryRecord = z.infer<typeof recoveryRecord>;

export const JOURNAL_PREFIX = 'recovery/';

export function newRecoveryId(): string {
  return recoveryId.parse(`r-${randomBytes(4).toString('hex')}`);
}

export function toResource(record: RecoveryRecord): RecoveryResource {
  const { reason, ...shown } = structuredClone(record);
  return recoveryResource.parse(reason === null ? shown : { ...shown, reason });
}
