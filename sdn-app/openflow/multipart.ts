import { bucket, groupType } from './group-mod.js';
import { flowFlags } from './flow-mod.js';
import { instructionList } from './instruction.js';
import { defineMessage } from './message.js';
import { defaulted, flags, pad, text, u16, u32, u64, u8, type ValueOf } from './kinds.js';
import { matchFields } from './match.js';
import { portDescription } from './port.js';
import { group, port, table } from './port-number.js';
import { structLength, tagOf } from './fields.js';
import { list } from './sequence.js';
import { defineStruct } from './struct.js';
import { taggedUnion, variant } from './union.js';

/** A flow entry with its counters (section 7.3.5.2). */
export const flowStats = defineStruct('7.3.5.2', {
  _length: structLength,
  tableId: u8,
  _pad: pad(1),
  durationSec: defaulted(u32, 0),
  durationNsec: defaulted(u32, 0),
  priority: u16,
  idleTimeout: defaulted(u16, 0),
  hardTimeout: defaulted(u16, 0),
  flags: flowFlags,
  _pad2: pad(4),
  cookie: defaulted(u64, 0n),
  packetCount: defaulted(u64, 0n),
  byteCount: defaulted(u64, 0n),
  match: matchFields,
  instructions: instructionList,
});
export type FlowStats = ValueOf<typeof flowStats>;

/** The counters of a port (section 7.3.5.6); one not kept by the switch is 2^64-1. */
export const portStats = defineStruct('7.3.5.6', {
  portNo: u32,
  _pad: pad(4),
  rxPackets: u64,
  txPackets: u64,
  rxBytes: u64,
  txBytes: u64,
  rxDropped: u64,
  txDropped: u64,
  rxErrors: u64,
  txErrors: u64,
  rxFrameErrors: u64,
  rxOverrunErrors: u64,
  rxCrcErrors: u64,
  collisions: u64,
  durationSec: u32,
  durationNsec: u32,
});
export type PortStats = ValueOf<typeof portStats>;

/** A group with its buckets (section 7.3.5.10). */
export const groupDescription = defineStruct('7.3.5.10', {
  _length: structLength,
  groupType,
  _pad: pad(1),
  groupId: u32,
  buckets: list(bucket),
});
export type GroupDescription = ValueOf<typeof groupDescription>;

export const multipartRequestBody = taggedUnion('kind', {
  desc: variant(0, '7.3.5.1', {}),
  flow: variant(1, '7.3.5.2', {
    tableId: defaulted(u8, table.all),
    _pad: pad(3),
    outPort: defaulted(u32, port.any),
    outGroup: defaulted(u32, group.any),
    _pad2: pad(4),
    cookie: defaulted(u64, 0n),
    cookieMask: defaulted(u64, 0n),
    match: matchFields,
  }),
  portStats: variant(4, '7.3.5.6', { portNo: defaulted(u32, port.any), _pad: pad(4) }),
  groupDesc: variant(7, '7.3.5.10', {}),
  portDesc: variant(13, '7.3.5.7', {}),
});
export type MultipartRequestBody = ValueOf<typeof multipartRequestBody>;

export const multipartReplyBody = taggedUnion('kind', {
  desc: variant(0, '7.3.5.1', {
    manufacturer: text(256),
    hardware: text(256),
    software: text(256),
    serialNumber: text(32),
    datapath: text(256),
  }),
  flow: variant(1, '7.3.5.2', { flows: list(flowStats) }),
  portStats: variant(4, '7.3.5.6', { ports: list(portStats) }),
  groupDesc: variant(7, '7.3.5.10', { groups: list(groupDescription) }),
  portDesc: variant(13, '7.3.5.7', { ports: list(portDescription) }),
});
export type MultipartReplyBody = ValueOf<typeof multipartReplyBody>;

const multipartFlags = flags(u16, { more: 0 });

export const multipartRequest = defineMessage(
  'multipartRequest',
  { code: 18, section: '7.3.5' },
  {
    _kind: tagOf('body'),
    flags: multipartFlags,
    _pad: pad(4),
    body: multipartRequestBody,
  },
);
export type MultipartRequest = ValueOf<typeof multipartRequest>;

/** One part of a reply; while `flags` has `more`, others with the same xid follow. */
export const multipartReply = defineMessage(
  'multipartReply',
  { code: 19, section: '7.3.5' },
  {
    _kind: tagOf('body'),
    flags: multipartFlags,
    _pad: pad(4),
    body: multipartReplyBody,
  },
);
export type MultipartReply = ValueOf<typeof multipartReply>;
