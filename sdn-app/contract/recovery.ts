/** Recoveries as they cross the controller's REST interface: faults, figures, reports. */
import { z } from 'zod';
import { checkpointId } from './checkpoint.js';
import { instanceId } from './instance.js';
import { nodeName, objectName } from './names.js';
import { mechanismName } from './recovery-policy.js';
import { latencyReport, reportSchema, trafficReport } from './report.js';

const timestamp = z.iso.datetime();
export const recoveryId = z.string().regex(/^r-[0-9a-f]{8}$/);

/** What can fail, by the names that reports and alarms use. */
export const FAULT_TYPES = [
  /** The process has ended, or is ending. */
  'processExit',
  /** The process was stopped by a signal: it may go on at any time. */
  'processStopped',
  /** The process lives and its datapath does not move. */
  'datapathStalled',
  /** Nothing is heard of the host: neither of its agent nor of the instance. */
  'hostSilent',
  /** A data link of the VNF on its host is down, or its port is gone. */
  'linkDown',
  /** What the instance sends by a data link does not arrive at the switch. */
  'linkSilent',
  /** Somebody asked for it: `ferry heal`. */
  'onDemand',
  /** Found after a restart of the controller: a takeover had begun. */
  'interrupted',
] as const;
export const faultType = z.enum(FAULT_TYPES);
export type FaultType = z.infer<typeof faultType>;

export const recoveryState = z.enum(['recovering', 'completed', 'failed']);
export type RecoveryState = z.infer<typeof recoveryState>;

/** Null when it could not be measured. */
const measured = z.number().nullable();

export const recoveryFigures = z.strictObject({
  mechanism: mechanismName,
  fault: faultType,
  /** Who noticed: `agent`, `standby`, `switch`, `operator`, `controller`. */
  detectedBy: z.string(),
  /** From the last sign of life to the detection. */
  detectMs: measured,
  /** From the last sign of life until the VNF served again; the traffic's own longest gap if handed in. */
  outageMs: measured,
  lostPackets: measured,
  /** Applied since the state that it came back from was whole. */
  replayedStatelets: measured,
  /** What of the state may be missing; null while it is not known. */
  lostState: z.string().nullable(),
  translationsChanged: measured,
  /** For how long the serving instance stood still for its checkpoint; 0 without one. */
  frozenMs: measured,
  /** Of the checkpoint that it came back from; 0 without one. */
  imageBytes: measured,
});
export type RecoveryFigures = z.infer<typeof recoveryFigures>;

export const recoveryResource = z.object({
  id: recoveryId,
  vnf: objectName,
  state: recoveryState,
  srcHost: nodeName,
  srcInst: instanceId,
  /** Null until it is known where the VNF comes back. */
  destHost: nodeName.nullable(),
  destInst: instanceId.nullable(),
  /** What was seen of the fault. */
  cause: z.string(),
  /** Why it failed. */
  reason: z.string().optional(),
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
  /** Milliseconds from the detection to the end of each step, by its name. */
  stepsMs: z.record(z.string(), z.number()),
  recovery: recoveryFigures,
  notes: z.array(z.string()),
});
export type RecoveryResource = z.infer<typeof recoveryResource>;

export const healRequest = z.strictObject({
  /** For the record. */
  cause: z.string().min(1).max(200).default('asked for by an operator'),
});
export type HealRequest = z.infer<typeof healRequest>;
/** As it is sent, with defaults left out. */
export type HealInput = z.input<typeof healRequest>;

/** The shape of a migration's report, with `recovery` in the place of `migration`. */
export const recoveryReport = reportSchema
  .omit({ strategy: true, guarantees: true, migration: true, destHost: true })
  .extend({
    destHost: nodeName.nullable(),
    traffic: trafficReport,
    latency: latencyReport,
    recovery: recoveryFigures,
  });
export type RecoveryReport = z.infer<typeof recoveryReport>;

/** The redundancy of a VNF. `ready`: it could take over now. */
export const redundancy = z.object({
  mechanism: mechanismName,
  state: z.enum(['none', 'preparing', 'ready', 'setAside']),
  host: nodeName.nullable(),
  instance: instanceId.nullable(),
  /** Of a program: the checkpoint that the standby was made ready from. */
  checkpoint: checkpointId.optional(),
  /** Why it is not ready. */
  reason: z.string().optional(),
  /** Where several instances serve: whose state is kept by which other one. */
  replicas: z
    .array(
      z.object({
        /** The instance whose state it is, and where that serves. */
        of: instanceId,
        ofHost: nodeName,
        host: nodeName,
        instance: instanceId,
        state: z.enum(['preparing', 'ready']),
      }),
    )
    .optional(),
});
export type Redundancy = z.infer<typeof redundancy>;

/** Of a VNF since it was first seen: ITU-T E.800 availability, up time by all time. */
export const availabilityResource = z.object({
  vnf: objectName,
  since: timestamp,
  /** False while it is down. */
  up: z.boolean(),
  failures: z.int(),
  recoveries: z.int(),
  downtimeMs: z.number(),
  detectMsMean: measured,
  recoverMsMean: measured,
  recoverMsMax: measured,
  /** 0 to 1. */
  availability: z.number(),
  /** -log10(1 - availability), at most 9. */
  nines: z.number(),
});
export type AvailabilityResource = z.infer<typeof availabilityResource>;
