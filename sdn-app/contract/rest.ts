/** Northbound resources under /v1; OpenAPI, CLI output and validation derive from these schemas. */
import { z } from 'zod';
import { checkpointId, checkpointInfo, connectionLoss } from './checkpoint.js';
import { ERROR_TABLE, type ErrorCode } from './errors.js';
import { flowsText } from './flow-filter.js';
import { instanceId, instanceStats } from './instance.js';
import { nodeName, objectName, strategyName } from './names.js';
import { recoveryId, redundancy } from './recovery.js';
import {
  guarantee,
  latencyReport,
  migrationFigures,
  migrationState,
  trafficReport,
} from './report.js';

const timestamp = z.iso.datetime();
export const migrationId = z.string().regex(/^m-[0-9a-f]{8}$/);

/** RFC 9457 problem details; `code` is a code of docs/errors.md. */
export const problemDetails = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(ERROR_TABLE) as [ErrorCode, ...ErrorCode[]]),
  /** What to do about it. */
  advice: z.string(),
  field: z.string().optional(),
  /** Of a switch's refusal: type and code of the OpenFlow error (1.3.5 section 7.4.4), by name. */
  openflowError: z.object({ type: z.string(), code: z.string() }).optional(),
});
export type ProblemDetails = z.infer<typeof problemDetails>;

export const switchResource = z.object({
  /** Of the topology; the dpid for a switch that is not in it. */
  name: z.union([nodeName, z.string().regex(/^[0-9a-f]{16}$/)]),
  /** 16 hex digits. */
  dpid: z.string(),
  connected: z.boolean(),
  /** True when it takes bundles (EXT-230); null until it was asked. */
  bundles: z.boolean().nullable(),
  ports: z.array(z.object({ number: z.int(), name: z.string(), up: z.boolean() })),
  counters: z.record(z.string(), z.number()),
});
export type SwitchResource = z.infer<typeof switchResource>;

export const hostResource = z.object({
  name: nodeName,
  connected: z.boolean(),
  instances: z.array(instanceId),
});
export type HostResource = z.infer<typeof hostResource>;

export const vnfState = z.enum([
  'pending',
  'starting',
  'serving',
  'migrating',
  'recovering',
  'down',
]);
export const vnfResource = z.object({
  name: objectName,
  kind: z.string(),
  state: vnfState,
  /** Where it serves now. */
  host: nodeName,
  instance: instanceId.nullable(),
  migration: migrationId.nullable(),
  recovery: recoveryId.nullable(),
  /** Null for a VNF without `recovery` in the topology. */
  redundancy: redundancy.nullable(),
  stats: instanceStats.nullable(),
  /** Parts of its work that other instances do; `host` and `instance` do the rest. */
  parts: z.array(
    z.object({
      flows: flowsText,
      host: nodeName,
      instance: instanceId,
      entries: z.number().nullable(),
    }),
  ),
  /** Why it is not serving. */
  reason: z.string().optional(),
});
export type VnfResource = z.infer<typeof vnfResource>;

export const checkpointResource = checkpointInfo.extend({
  /** Connected hosts that keep it. */
  hosts: z.array(nodeName),
  /** How long the serving instance stood still for it: 0 for one of the standby. */
  servingFrozenMs: z.number().min(0),
});
export type CheckpointResource = z.infer<typeof checkpointResource>;

export const restoreRequest = z.strictObject({
  /** The newest one when absent. */
  checkpoint: checkpointId.optional(),
  /** Where it goes on; where it is when absent. */
  to: nodeName.optional(),
});
export type RestoreRequest = z.infer<typeof restoreRequest>;

export const restoreResource = z.object({
  vnf: objectName,
  host: nodeName,
  instance: instanceId,
  checkpoint: checkpointInfo,
  /** Of the checkpoint: what the VNF did since is lost. */
  ageMs: z.number(),
  /** Of the agent's work: files, network, processes. */
  restoreMs: z.number(),
  /** From the end of the process before until this one served. */
  downMs: z.number(),
  /** TCP connections that went on; null for instances of Ferry's own, which keep none. */
  loss: connectionLoss.nullable(),
});
export type RestoreResource = z.infer<typeof restoreResource>;

export const migrationRequest = z.strictObject({
  vnf: objectName,
  to: nodeName,
  strategy: strategyName.default('statelet'),
  /** Only these move, like `src=10.0.0.0/25`; everything when absent. */
  flows: flowsText.optional(),
});
export type MigrationRequest = z.infer<typeof migrationRequest>;

export const strategyResource = z.object({
  name: strategyName,
  /** What it holds in a faultless migration; docs/strategies.md. */
  guarantees: z.array(guarantee),
});
export type StrategyResource = z.infer<typeof strategyResource>;

export const scaleRequest = z.strictObject({
  /** That share the VNF's work afterwards. */
  instances: z.int().min(1).max(16),
  /** To choose from; when absent, those that serve already and then any that is suited. */
  hosts: z.array(nodeName).min(1).max(16).optional(),
});
export type ScaleRequest = z.infer<typeof scaleRequest>;

export const scaleResource = z.object({
  vnf: objectName,
  state: z.enum(['running', 'done', 'failed']),
  /** That serve afterwards. */
  hosts: z.array(nodeName),
  /** Parts to move in all, and those that have moved. */
  moves: z.int(),
  done: z.int(),
  reason: z.string().optional(),
});
export type ScaleResource = z.infer<typeof scaleResource>;

export const migrationResource = z.object({
  id: migrationId,
  vnf: objectName,
  strategy: strategyName,
  srcHost: nodeName,
  destHost: nodeName,
  /** Of a part; null when everything moves. */
  flows: flowsText.nullable(),
  state: migrationState,
  /** Why it rolled back or failed. */
  reason: z.string().optional(),
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
  figures: migrationFigures,
  /** Times destInst was started anew after the switch had committed; 0 in a faultless run. */
  restarts: z.int(),
  notes: z.array(z.string()),
});
export type MigrationResource = z.infer<typeof migrationResource>;

/** One event on /v1/events; `seq` rises by one, so that a listener sees what it missed. */
export const ferryEvent = z.object({
  seq: z.int(),
  at: timestamp,
  /** switch.connected, host.disconnected, vnf.serving, migration.state, migration.progress, ... */
  type: z.string(),
  subject: z.string(),
  data: z.record(z.string(), z.json()),
});
export type FerryEvent = z.infer<typeof ferryEvent>;

/** What the lab's load generator measured, handed in so that the migration's report is complete. */
export const trafficSubmission = z.strictObject({
  traffic: trafficReport,
  latency: latencyReport,
  /** Why a field is null, by its path, like `traffic.tcp.survived`. */
  unmeasured: z.record(z.string().max(64), z.string().max(256)).default({}),
});
export type TrafficSubmission = z.infer<typeof trafficSubmission>;

export const healthResource = z.object({
  status: z.literal('ok'),
  version: z.string(),
  uptimeMs: z.number(),
  switches: z.object({ declared: z.int(), connected: z.int() }),
  hosts: z.object({ declared: z.int(), connected: z.int() }),
});
export type HealthResource = z.infer<typeof healthResource>;
