/**
 * Controller and vnf-host, over one WebSocket (`/v1/agents`), JSON text frames of at most 1 MiB.
 * The agent connects and says hello; then the controller sends requests, the agent answers each by
 * its id and sends events. Either side closes the connection (1008) on a message it cannot read.
 */
import { z } from 'zod';
import {
  instanceCall,
  instanceEvent,
  instanceId,
  instanceSpec,
  instanceStats,
} from './instance.js';
import { checkpointId, connectionStanding, MAX_STANDINGS } from './checkpoint.js';
import { ipv4Address, nodeName, objectName, sessionToken } from './names.js';

export const AGENT_PROTOCOL = 1;
export const MAX_MESSAGE_BYTES = 1_048_576;
/** The agent's heartbeat, and how long either side waits before it takes the other for gone. */
export const HEARTBEAT_MS = 500;
export const SILENCE_MS = 5000;

export const runningInstance = z.object({
  id: instanceId,
  vnf: objectName,
  pid: z.int(),
  /** Undefined while the instance does not answer. */
  stats: instanceStats.optional(),
  /** Sync events that happened while no controller listened, oldest first (at most 64). */
  missed: z.array(instanceEvent),
});
export type RunningInstance = z.infer<typeof runningInstance>;

const requestId = z.int().min(1);
const keep = z.int().min(1).max(100);
const problem = z.object({ code: z.string(), message: z.string(), field: z.string().optional() });

export const agentRequest = z.discriminatedUnion('method', [
  z.strictObject({ id: requestId, method: z.literal('startInstance'), spec: instanceSpec }),
  /** Idempotent: stopping an unknown instance succeeds. Answers a stopAnswer. */
  z.strictObject({
    id: requestId,
    method: z.literal('stopInstance'),
    instance: instanceId,
    /** By SIGKILL: a program then closes no connection that it can be restored with. */
    abruptly: z.literal(true).optional(),
  }),
  z.strictObject({
    id: requestId,
    method: z.literal('callInstance'),
    instance: instanceId,
    call: instanceCall,
  }),
  z.strictObject({ id: requestId, method: z.literal('listInstances') }),
  /** Answers {state}: that of the process as in /proc/PID/stat, like R, S or T (proc(5)). */
  z.strictObject({ id: requestId, method: z.literal('examineInstance'), instance: instanceId }),
  /** From now on the agent's heartbeat comes so often, on this connection. */
  z.strictObject({
    id: requestId,
    method: z.literal('setHeartbeat'),
    everyMs: z.int().min(1).max(HEARTBEAT_MS),
  }),
  /** Answers a checkpointInfo; the newest `keep` of the VNF stay on this host. */
  z.strictObject({
    id: requestId,
    method: z.literal('checkpointInstance'),
    instance: instanceId,
    keep,
  }),
  /** The same, and the instance stands still from then on: until thawInstance, or its end. */
  z.strictObject({
    id: requestId,
    method: z.literal('freezeInstance'),
    instance: instanceId,
    keep,
  }),
  /** Idempotent: an instance that was not frozen goes on as it did. */
  z.strictObject({ id: requestId, method: z.literal('thawInstance'), instance: instanceId }),
  /** Answers checkpointInfo[], newest first. */
  z.strictObject({ id: requestId, method: z.literal('listCheckpoints') }),
  /** Reads all of it: a failure when it is not as it was written. */
  z.strictObject({
    id: requestId,
    method: z.literal('verifyCheckpoint'),
    checkpoint: checkpointId,
  }),
  /** Like startInstance, from a checkpoint: the one that is named, or the newest that is whole. */
  z.strictObject({
    id: requestId,
    method: z.literal('restoreInstance'),
    spec: instanceSpec,
    checkpoint: checkpointId.optional(),
    /** What stopInstance answered of its connections. */
    connections: z.array(connectionStanding).max(MAX_STANDINGS).optional(),
  }),
  /**
   * A program's checkpoint on this host is unpacked and its network made, unheard, so that the same
   * restoreInstance has only to let it go. In the place of an earlier one of the VNF, once it is
   * ready; idempotent.
   */
  z.strictObject({
    id: requestId,
    method: z.literal('readyCheckpoint'),
    spec: instanceSpec,
    checkpoint: checkpointId,
  }),
  /** Idempotent: there may be none. */
  z.strictObject({ id: requestId, method: z.literal('dropReady'), vnf: objectName }),
  /** Takes one checkpoint from another host; answers {port}. */
  z.strictObject({
    id: requestId,
    method: z.literal('receiveCheckpoint'),
    address: ipv4Address,
    token: sessionToken,
    keep,
  }),
  /** Sends it to a host that receives; answers {bytes, durationMs} once it is on disk there. */
  z.strictObject({
    id: requestId,
    method: z.literal('sendCheckpoint'),
    checkpoint: checkpointId,
    address: ipv4Address,
    port: z.int().min(1).max(65535),
    token: sessionToken,
  }),
]);
export type AgentRequest = z.infer<typeof agentRequest>;

export const agentMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.int(),
    host: nodeName,
    version: z.string().max(64),
    instances: z.array(runningInstance),
  }),
  z.object({ type: z.literal('heartbeat') }),
  z.object({ type: z.literal('result'), id: requestId, value: z.json() }),
  z.object({ type: z.literal('failure'), id: requestId, problem }),
  z.object({ type: z.literal('instanceEvent'), instance: instanceId, event: instanceEvent }),
  /** The process is ending and cannot speak again; `instanceExited` follows when it is gone. */
  z.object({ type: z.literal('instanceDying'), instance: instanceId }),
  /** The process is gone; `restarting` when the agent starts it again (empty, same id). */
  z.object({
    type: z.literal('instanceExited'),
    instance: instanceId,
    code: z.int().nullable(),
    signal: z.string().nullable(),
    reason: z.string(),
    restarting: z.boolean(),
  }),
  z.object({ type: z.literal('instanceRestarted'), instance: instanceId, pid: z.int() }),
]);
export type AgentMessage = z.infer<typeof agentMessage>;

/** What the controller sends: requests, and heartbeats of its own. */
export const controllerMessage = z.union([
  agentRequest,
  z.strictObject({ method: z.literal('heartbeat') }),
]);
