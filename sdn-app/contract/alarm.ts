/** Alarms by the names of ETSI GS NFV-SOL 002/003, fault management. */
import { z } from 'zod';

const timestamp = z.iso.datetime();
export const alarmId = z.string().regex(/^a-[0-9a-f]{8}$/);

export const severity = z.enum([
  'CRITICAL',
  'MAJOR',
  'MINOR',
  'WARNING',
  'INDETERMINATE',
  'CLEARED',
]);
export type Severity = z.infer<typeof severity>;

export const alarmResource = z.strictObject({
  id: alarmId,
  /** Name of the VNF, host or switch. */
  managedObjectId: z.string(),
  rootCauseFaultyResource: z
    .strictObject({
      faultyResource: z.string(),
      faultyResourceType: z.enum(['COMPUTE', 'STORAGE', 'NETWORK']),
    })
    .nullable(),
  alarmRaisedTime: timestamp,
  alarmChangedTime: timestamp.nullable(),
  alarmClearedTime: timestamp.nullable(),
  alarmAcknowledgedTime: timestamp.nullable(),
  ackState: z.enum(['UNACKNOWLEDGED', 'ACKNOWLEDGED']),
  perceivedSeverity: severity,
  eventTime: timestamp,
  eventType: z.enum([
    'COMMUNICATIONS_ALARM',
    'PROCESSING_ERROR_ALARM',
    'ENVIRONMENTAL_ALARM',
    'QOS_ALARM',
    'EQUIPMENT_ALARM',
  ]),
  faultType: z.string(),
  probableCause: z.string(),
  isRootCause: z.boolean(),
  faultDetails: z.array(z.string()),
});
export type AlarmResource = z.infer<typeof alarmResource>;

export const alarmPatch = z.strictObject({
  ackState: z.enum(['UNACKNOWLEDGED', 'ACKNOWLEDGED']),
});
export type AlarmPatch = z.infer<typeof alarmPatch>;
