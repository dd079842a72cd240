/** Checkpoints of instances: what agents keep, and what crosses to the controller. */
import { z } from 'zod';
import { instanceId } from './instance.js';
import { ipv4Address, nodeName, objectName } from './names.js';

export const checkpointId = z.string().regex(/^c-[0-9a-f]{8}$/);

export const checkpointInfo = z.strictObject({
  id: checkpointId,
  vnf: objectName,
  instance: instanceId,
  /** Where it was taken. */
  host: nodeName,
  takenAt: z.iso.datetime(),
  /** Of the instance when it was taken: of a VNF with a hot standby that is the standby. */
  role: z.enum(['serving', 'standby']),
  /** How long that instance stood still. */
  frozenMs: z.number().min(0),
  /** Dump command, from start to end. */
  dumpMs: z.number().min(0),
  /** Image files, and what is stored of them compressed. */
  rawBytes: z.int().min(0),
  storedBytes: z.int().min(0),
});
export type CheckpointInfo = z.infer<typeof checkpointInfo>;

const tcpEnd = z.strictObject({ address: ipv4Address, port: z.int().min(0).max(65535) });
const tcpNumber = z.int().min(0).max(0xffffffff);

/** Where the kernel of a program that has ended stood with one TCP connection (RFC 9293). */
export const connectionStanding = z.strictObject({
  local: tcpEnd,
  remote: tcpEnd,
  /** Number of the next byte to send, and of the next one expected. */
  sendNext: tcpNumber,
  receiveNext: tcpNumber,
  /** What its TCP timestamp (RFC 7323) would be by now; null for a connection without. */
  timestamp: tcpNumber.nullable(),
});
export type ConnectionStanding = z.infer<typeof connectionStanding>;
/** So many fit into one message. */
export const MAX_STANDINGS = 4096;

/** What an agent answers to stopInstance. */
export const stopAnswer = z.strictObject({
  connections: z.array(connectionStanding).max(MAX_STANDINGS),
});
export type StopAnswer = z.infer<typeof stopAnswer>;

/** TCP connections of a restored program: all, and those of which something came after the checkpoint. */
export const connectionLoss = z.strictObject({
  connections: z.int().min(0),
  /** With something received or sent since: the program does not know of it. */
  behind: z.int().min(0),
  receivedBytes: z.int().min(0),
  sentBytes: z.int().min(0),
});
export type ConnectionLoss = z.infer<typeof connectionLoss>;

/** What an agent answers to restoreInstance. */
export const restoreAnswer = z.strictObject({
  pid: z.int(),
  checkpoint: checkpointInfo,
  /** From the request until the process ran. */
  restoreMs: z.number().min(0),
  /** Null for what keeps no connections: instances of Ferry's own. */
  loss: connectionLoss.nullable(),
});
export type RestoreAnswer = z.infer<typeof restoreAnswer>;

/** Of a VNF in the topology: take one at these intervals, keep so many on each host. */
export const checkpointPolicy = z.strictObject({
  everyMs: z.int().min(1000).max(86_400_000),
  keep: z.int().min(1).max(100).default(3),
});
export type CheckpointPolicy = z.infer<typeof checkpointPolicy>;

/** Kept of a VNF that has no policy. */
export const DEFAULT_KEEP = 3;
