/**
 * Requests about a switch's own entries, /v1/switches/{name}/... Structures of OpenFlow are in the
 * JSON form of docs/openflow.md; the protocol's declarations say what they may hold.
 */
import { z } from 'zod';

/** A match field, an action, an instruction, a bucket, a band, in its JSON form. */
const structure = z.record(z.string().max(64), z.json());
export type Structure = z.infer<typeof structure>;
const structures = z.array(structure).max(1024);
const u8 = z.int().min(0).max(0xff);
const u16 = z.int().min(0).max(0xffff);
const u32 = z.int().min(0).max(0xffff_ffff);
/** Whole numbers above 2^53-1 as text, decimal or 0x. */
const u64 = z.union([z.int().min(0), z.string().regex(/^(?:\d{1,20}|0x[0-9a-fA-F]{1,16})$/)]);
const flags = z.array(z.string().max(32)).max(32);

/** Which flow entries: all of them when nothing is said (OpenFlow 1.3.5 section 7.3.5.2). */
const cookies = { cookie: u64.optional(), cookieMask: u64.optional() };
const outputs = { outPort: u32.optional(), outGroup: u32.optional() };

export const flowQuery = z.strictObject({
  tableId: z.coerce.number().pipe(u8).optional(),
  outPort: z.coerce.number().pipe(u32).optional(),
  outGroup: z.coerce.number().pipe(u32).optional(),
  cookie: z.string().max(20).optional(),
  cookieMask: z.string().max(20).optional(),
});

/** A flow entry to add, or to put in the place of the one with its table, priority and match. */
export const flowRequest = z.strictObject({
  tableId: u8.optional(),
  priority: u16.optional(),
  match: structures.default([]),
  instructions: structures.default([]),
  cookie: u64.optional(),
  /** Seconds; 0 for never. */
  idleTimeout: u16.optional(),
  hardTimeout: u16.optional(),
  flags: flags.optional(),
  bufferId: u32.optional(),
});

/**
 * Which flow entries to delete. With `priority`, the one with exactly this match; without, all that
 * the match takes in. Table 255 is every table.
 */
export const flowDeletion = z.strictObject({
  tableId: u8.default(0xff),
  priority: u16.optional(),
  match: structures.default([]),
  ...cookies,
  ...outputs,
});

export const groupRequest = z.strictObject({
  groupId: u32,
  groupType: z.enum(['all', 'select', 'indirect', 'fastFailover']).default('all'),
  buckets: structures.default([]),
});

export const meterRequest = z.strictObject({
  meterId: u32,
  flags: flags.default([]),
  bands: structures.default([]),
});

const portFlag = z.enum(['portDown', 'noReceive', 'noForward', 'noPacketIn']);

/** What is left out stays as it is. */
export const portRequest = z.strictObject({
  config: z.partialRecord(portFlag, z.boolean()).optional(),
  advertise: u32.optional(),
});

/** `data` is hexadecimal; `bufferId` names a packet that the switch keeps instead. */
export const packetOutRequest = z.strictObject({
  actions: structures,
  data: z.string().max(131_072).optional(),
  inPort: u32.optional(),
  bufferId: u32.optional(),
});

/** Messages for one bundle: flowMod, groupMod, portMod, packetOut, each in its JSON form. */
export const bundleRequest = z.strictObject({ messages: z.array(structure).min(1).max(1024) });

/** Any question of section 7.3.5 by its kind, with its fields. */
export const multipartQuestion = z.looseObject({ kind: z.string().max(32) });

export const flowsResource = z.object({ flows: z.array(structure) });
export const groupsResource = z.object({
  groups: z.array(structure),
  stats: z.array(structure),
});
export const metersResource = z.object({ meters: z.array(structure), stats: z.array(structure) });
export const portsResource = z.object({ ports: z.array(structure), stats: z.array(structure) });
export const multipartResource = z.object({ parts: z.array(structure) });
