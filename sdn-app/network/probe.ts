/** What a discovery frame says: who has sent it and when, and a keyed hash that nobody else can make. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Probe {
  dpid: bigint;
  port: number;
  /** Grows with every round of probes. */
  round: number;
}

/** What it looks for: the other end of a link, or a way round outside of the network. */
export type ProbeKind = 'link' | 'loop';

/** dpid, port, round. */
const BODY_BYTES = 16;
const HASH_BYTES = 16;
export const PROBE_BYTES = BODY_BYTES + HASH_BYTES;

export function probeBytes(kind: ProbeKind, { dpid, port, round }: Probe, key: Buffer): Buffer {
  const body = Buffer.alloc(BODY_BYTES);
  body.writeBigUInt64BE(dpid, 0);
  body.writeUInt32BE(port, 8);
  body.writeUInt32BE(round, 12);
  return Buffer.concat([body, hash(kind, body, key)]);
}

/** `bytes` are PROBE_BYTES; `forged` when they were not made with this key and for this. */
export function readProbe(kind: ProbeKind, bytes: Buffer, key: Buffer): Probe | 'forged' {
  const body = bytes.subarray(0, BODY_BYTES);
  if (!timingSafeEqual(bytes.subarray(BODY_BYTES), hash(kind, body, key))) return 'forged';
  return {
    dpid: body.readBigUInt64BE(0),
    port: body.readUInt32BE(8),
    round: body.readUInt32BE(12),
  };
}

function hash(kind: ProbeKind, body: Buffer, key: Buffer): Buffer {
  return createHmac('sha256', key).update(kind).update(body).digest().subarray(0, HASH_BYTES);
}
