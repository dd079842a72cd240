/** What an instance is told and what it tells: agent to instance, and passed on by the agent. */
import { z } from 'zod';
import { instanceFlows } from './flow-filter.js';
import { ipv4Address, objectName, sessionToken } from './names.js';
import { nfKind } from './nf.js';
import { instancePort } from './nfs/definition.js';

export const instanceId = z.string().regex(/^[a-z][a-z0-9-]{0,30}\.[0-9a-f]{8}$/);

/** A new instance of a VNF: everything it needs, so that the agent can start it again after a crash. */
export const instanceSpec = z.strictObject({
  id: instanceId,
  vnf: objectName,
  kind: nfKind,
  /** NF configuration as the native factory takes it. */
  config: z.record(z.string(), z.json()),
  ports: z.array(instancePort).min(1).max(8),
  role: z.enum(['serving', 'standby']),
  stateletWindowMs: z.int().min(1).max(1000),
  holdBytes: z.int().min(65_536).max(1_073_741_824),
  /** Keeps what it is sent in a file of this length, in the place of the function; it has no ports. */
  log: z.strictObject({ maxBytes: z.int().min(65_536).max(50_331_648) }).optional(),
  /** The agent starts it again after a crash, empty, no sooner: somebody brings it back before. */
  restartAfterMs: z.int().min(0).max(60_000).optional(),
});
export type InstanceSpec = z.infer<typeof instanceSpec>;

/** One call to an instance. The order in a migration is that of docs/migration.md. */
export const instanceCall = z.discriminatedUnion('method', [
  /** destInst: take a stream with this token; answers {port}. */
  z.strictObject({
    method: z.literal('listen'),
    address: ipv4Address,
    token: sessionToken,
    /** For a standby: the source beats, and silence of so long is told. */
    silenceMs: z.int().min(5).max(10_000).optional(),
    /** A part that joins what this instance serves. */
    flows: instanceFlows.optional(),
  }),
  /** srcInst: raise the statelet flag and send the snapshot. */
  z.strictObject({
    method: z.literal('connect'),
    address: ipv4Address,
    port: z.int().min(1).max(65535),
    token: sessionToken,
    /** For a standby: statelets for ever, beats in between. */
    standing: z.literal(true).optional(),
    /** No packet leaves before its statelets are acknowledged. */
    commit: z.literal(true).optional(),
    /** In place of statelets: copies of the packets, for destInst to process again. */
    content: z.literal('packets').optional(),
    /** Only this part moves; absent: everything. */
    flows: instanceFlows.optional(),
  }),
  /** destInst: hold what arrives from now on. */
  z.strictObject({ method: z.literal('arm') }),
  /** srcInst: markers will come; heal a cut stream rather than give up. */
  z.strictObject({ method: z.literal('prepareSwitch') }),
  /** srcInst: the switch has committed (in case a marker is lost). */
  z.strictObject({ method: z.literal('switched') }),
  /** srcInst: leave the session and serve on; also one that a part was to join. */
  z.strictObject({ method: z.literal('abort') }),
  /** srcInst after its end record: serve again, destInst is gone. */
  z.strictObject({ method: z.literal('resume') }),
  /** destInst: take over with what has arrived, srcInst is gone. */
  z.strictObject({
    method: z.literal('takeover'),
    /** With what has arrived by now: srcInst is dead or fenced. Else what is on its way is waited for. */
    atOnce: z.literal(true).optional(),
  }),
  /** srcInst that goes on with the rest: another instance has this part. */
  z.strictObject({ method: z.literal('forget'), flows: instanceFlows }),
  /** Frames come by way of the controller; those that come straight from the switch wait for them. */
  z.strictObject({ method: z.literal('expectRelay'), token: sessionToken }),
  /**
   * Beside what it serves: keep current what another instance does, which is `parts`; answers {port}.
   * Until it takes over it does nothing with what comes of them.
   */
  z.strictObject({
    method: z.literal('listenReplica'),
    address: ipv4Address,
    token: sessionToken,
    silenceMs: z.int().min(5).max(10_000).optional(),
    parts: z.array(instanceFlows).min(1).max(64),
  }),
  /** Hold what comes of the replica's parts. */
  z.strictObject({ method: z.literal('armReplica') }),
  /** Serve them, with what has arrived: who did is dead or fenced. Its session as srcInst ends. */
  z.strictObject({ method: z.literal('takeoverReplica') }),
  /** Forget the replica. */
  z.strictObject({ method: z.literal('dropReplica') }),
  z.strictObject({ method: z.literal('stats') }),
]);
export type InstanceCall = z.infer<typeof instanceCall>;

const count = z.number().min(0);

/** Counters of an instance; the report's migration part comes from these. */
export const instanceStats = z.object({
  mode: z.enum(['standby', 'hold', 'serving', 'closed', 'stopped']),
  entries: count,
  counters: z.record(z.string(), z.number()),
  sync: z.object({
    phase: z.string(),
    snapshotBytes: count,
    snapshotEntries: count,
    statelets: count,
    stateletBytes: count,
    /** Bytes and packets processed since the statelet flag went up. */
    dataplaneBytes: count,
    dataplanePackets: count,
    lagBytes: count,
    heldPackets: count,
    heldPeakPackets: count,
    stragglers: count,
    markerTimeouts: count,
    reconnects: count,
  }),
});
export type InstanceStats = z.infer<typeof instanceStats>;

/** Of an instance that keeps, or kept, a replica of another one's work: it is among its counters. */
export function replicaStats({ counters }: InstanceStats) {
  const of = (name: string) => counters[`replica.${name}`];
  return {
    /** It has all that it was sent. */
    synchronised: of('synchronised') === 1,
    /** Its work is the instance's own by now. */
    tookOver: of('tookOver') === 1,
    statelets: of('statelets'),
    heardAgoUs: of('heardAgoUs'),
  };
}

/** What an instance reports by itself. */
export const instanceEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), stats: instanceStats }),
  /** destInst: snapshot installed, lag below its bound. */
  z.object({ type: z.literal('synchronised') }),
  /** Either side, before the switch: the stream is lost and will not be healed. */
  z.object({ type: z.literal('syncLost'), code: z.string(), reason: z.string() }),
  /** srcInst: end record sent; it speaks no more. */
  z.object({ type: z.literal('ended') }),
  /** destInst: took over; it speaks now. */
  z.object({ type: z.literal('serving'), endMissing: z.boolean(), stats: instanceStats }),
  /** destInst: no straggler can come any more; srcInst may be removed. */
  z.object({ type: z.literal('handoverClosed'), stragglers: count }),
  /** Standby: nothing has come from srcInst for so long, though this process was running. */
  z.object({ type: z.literal('silent'), silentMs: count }),
  /** Standby: something came from srcInst after all. */
  z.object({ type: z.literal('heard'), silentMs: count }),
  /** srcInst: the datapath has not moved for so long, though this process was running. */
  z.object({ type: z.literal('stalled'), stalledMs: count }),
  /**
   * Of the replica that it keeps: has all (`synchronised`), is lost and why, moves; nothing has come
   * of its source for so long, or something after all.
   */
  z.object({
    type: z.literal('replica'),
    what: z.enum(['synchronised', 'lost', 'progress', 'silent', 'heard']),
    code: z.string(),
    reason: z.string(),
    silentMs: count,
  }),
  /** The work of its replica is its own now. */
  z.object({ type: z.literal('replicaServing'), stats: instanceStats }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type InstanceEvent = z.infer<typeof instanceEvent>;
