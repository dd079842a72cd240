/** What the journal holds of one migration: enough to finish or undo it after any crash. */
import { z } from 'zod';
import { instanceId } from '../contract/instance.js';
import { nodeName, objectName, sessionToken, strategyName } from '../contract/names.js';
import { guarantee, migrationFigures, type MigrationState } from '../contract/report.js';
import { movedPart } from './part.js';
import { migrationId, trafficSubmission, type MigrationResource } from '../contract/rest.js';

export const migrationRecord = z.strictObject({
  id: migrationId,
  vnf: objectName,
  strategy: strategyName,
  srcHost: nodeName,
  destHost: nodeName,
  srcInst: instanceId,
  destInst: instanceId,
  token: sessionToken,
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  reason: z.string().nullable(),
  /** The switch has redirected; from here only forward. */
  committed: z.boolean(),
  /** srcInst died before the switch: destInst takes over with what it has. */
  srcGone: z.boolean(),
  /** destInst took over without srcInst's end record: what srcInst had in hand is lost. */
  endMissing: z.boolean(),
  restarts: z.int().min(0),
  notes: z.array(z.string()),
  figures: migrationFigures,
  /** Figure's path to the reason why it is null. */
  unmeasured: z.record(z.string(), z.string()),
  /** Software version of the VNF's switch. */
  ovs: z.string().nullable(),
  traffic: trafficSubmission.nullable(),
  /** Of what its strategy promises, what did not hold. */
  broken: z.array(guarantee).default([]),
  /** Packets that went by way of the controller: the most that waited there, and those lost. */
  queuedPackets: z.int().min(0).default(0),
  lostPackets: z.int().min(0).default(0),
  /** Null when everything moves. */
  part: movedPart.nullable().default(null),
});
export type MigrationRecord = z.infer<typeof migrationRecord>;

export const JOURNAL_PREFIX = 'migration/';

const END_STATES = ['completed', 'rolledBack', 'failed'] as const satisfies MigrationState[];
export type EndState = (typeof END_STATES)[number];

export function hasEnded(record: MigrationRecord): boolean {
  const states: readonly MigrationState[] = END_STATES;
  return states.includes(record.figures.state);
}

export function emptyFigures(): MigrationRecord['figures'] {
  return {
    state: 'preparing',
    durationMs: null,
    phasesMs: {
      preparing: null,
      synchronising: null,
      synchronised: null,
      switching: null,
      draining: null,
    },
    snapshotBytes: null,
    snapshotEntries: null,
    statelets: null,
    stateletBytes: null,
    dataplaneBytes: null,
    stateletFactor: null,
    peakBufferedPackets: null,
    frozenMs: 0,
    bundle: null,
  };
}

export function toResource(record: MigrationRecord): MigrationResource {
  const { id, vnf, strategy, srcHost, destHost, reason, createdAt, endedAt, restarts } = record;
  return {
    id,
    vnf,
    strategy,
    srcHost,
    destHost,
    flows: record.part?.flows ?? null,
    state: record.figures.state,
    ...(reason === null ? {} : { reason }),
    createdAt,
    endedAt,
    figures: record.figures,
    restarts,
    notes: record.notes,
  };
}
