import fc, { type Arbitrary } from 'fast-check';
import type {
  ErrorCause,
  Message,
  MultipartReplyBody,
  MultipartRequestBody,
  PlainMessage,
} from '../../../sdn-app/openflow/index.js';
import {
  actions,
  bucket,
  bytes,
  bytesOf,
  fields,
  flowFlags,
  groupType,
  instructions,
  oneOf,
  port,
  record,
  subset,
  text,
  u16,
  u32,
  u64,
  u8,
} from './arbitrary-parts.js';

const is = <const N extends string>(name: N): Arbitrary<N> => fc.constant(name);
const buckets = fc.array(bucket, { maxLength: 3 });
const version = fc.integer({ min: 1, max: 255 });
const duration = { durationSec: u32, durationNsec: u32 };
const timeouts = { idleTimeout: u16, hardTimeout: u16 };
const counters = { packetCount: u64, byteCount: u64 };

const helloElement = fc.oneof(
  record({ type: is('versionBitmap'), bitmaps: fc.array(u32, { maxLength: 3 }) }),
  record({ type: is('unknown'), code: fc.integer({ min: 2, max: 0xffff }), bytes: bytes(20) }),
);

const errorCause: Arbitrary<ErrorCause> = fc.oneof(
  record({ type: is('flowModFailed'), code: oneOf('unknown', 'tableFull', 'badFlags') }),
  record({ type: is('badRequest'), code: fc.integer({ min: 100, max: 0xffff }) }),
  record({ type: is('experimenter'), experimenterType: u16, experimenter: u32 }),
);

const empty = <const N extends string>(...kinds: N[]): Arbitrary<{ kind: N }> =>
  record({ kind: oneOf(...kinds) });
const undeclared = record({
  kind: is('unknown'),
  code: fc.integer({ min: 100, max: 0xffff }),
  bytes: bytes(),
});

const requestBody: Arbitrary<MultipartRequestBody> = fc.oneof(
  empty('desc', 'groupDesc', 'portDesc'),
  record({
    kind: is('flow'),
    tableId: u8,
    outPort: u32,
    outGroup: u32,
    cookie: u64,
    cookieMask: u64,
    match: fields,
  }),
  record({ kind: is('portStats'), portNo: u32 }),
  undeclared,
);

const flowStats = record({
  tableId: u8,
  ...duration,
  priority: u16,
  ...timeouts,
  flags: flowFlags,
  cookie: u64,
  ...counters,
  match: fields,
  instructions,
});
const portStats = record({
  portNo: u32,
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
  ...duration,
});

const replyBody: Arbitrary<MultipartReplyBody> = fc.oneof(
  record({
    kind: is('desc'),
    manufacturer: text(256),
    hardware: text(256),
    software: text(256),
    serialNumber: text(32),
    datapath: text(256),
  }),
  record({ kind: is('flow'), flows: fc.array(flowStats, { maxLength: 3 }) }),
  record({ kind: is('portStats'), ports: fc.array(portStats, { maxLength: 3 }) }),
  record({
    kind: is('groupDesc'),
    groups: fc.array(record({ groupType, groupId: u32, buckets }), { maxLength: 3 }),
  }),
  record({ kind: is('portDesc'), ports: fc.array(port, { maxLength: 3 }) }),
  undeclared,
);

const more = subset('more', 'bit9');
const packetInReasons = subset('noMatch', 'action', 'invalidTtl', 'bit20');
const portStatusReasons = subset('add', 'delete', 'modify');
const flowRemovedReasons = subset('idleTimeout', 'hardTimeout', 'delete', 'groupDelete');

const plainMessage = (xid: Arbitrary<number>): Arbitrary<PlainMessage> =>
  fc.oneof(
    record({ type: is('hello'), xid, version, elements: fc.array(helloElement) }),
    record({ type: is('error'), xid, version, error: errorCause, data: bytes() }),
    record({ type: oneOf('echoRequest', 'echoReply'), xid, data: bytes() }),
    record({
      type: is('experimenter'),
      xid,
      experimenter: fc.nat(0xffff),
      experimenterType: u32,
      data: bytes(),
    }),
    record({
      type: oneOf('featuresRequest', 'getConfigRequest', 'barrierRequest', 'barrierReply'),
      xid,
    }),
    record({
      type: is('featuresReply'),
      xid,
      datapathId: u64,
      bufferCount: u32,
      tableCount: u8,
      auxiliaryId: u8,
      capabilities: subset('flowStats', 'portStats', 'bit4', 'ipReassembly', 'portBlocked'),
    }),
    record({
      type: oneOf('getConfigReply', 'setConfig'),
      xid,
      fragments: oneOf('normal', 'drop', 'reassemble'),
      missSendLength: u16,
    }),
    record({
      type: is('packetIn'),
      xid,
      bufferId: u32,
      totalLength: u16,
      reason: oneOf('noMatch', 'action', 'invalidTtl'),
      tableId: u8,
      cookie: u64,
      match: fields,
      data: bytes(),
    }),
    record({
      type: is('flowRemoved'),
      xid,
      cookie: u64,
      priority: u16,
      reason: oneOf('idleTimeout', 'hardTimeout', 'delete', 'groupDelete'),
      tableId: u8,
      ...duration,
      ...timeouts,
      ...counters,
      match: fields,
    }),
    record({ type: is('portStatus'), xid, reason: oneOf('add', 'delete', 'modify'), port }),
    record({ type: is('packetOut'), xid, bufferId: u32, inPort: u32, actions, data: bytes() }),
    record({
      type: is('flowMod'),
      xid,
      cookie: u64,
      cookieMask: u64,
      tableId: u8,
      command: oneOf('add', 'modify', 'modifyStrict', 'delete', 'deleteStrict'),
      ...timeouts,
      priority: u16,
      bufferId: u32,
      outPort: u32,
      outGroup: u32,
      flags: flowFlags,
      match: fields,
      instructions,
    }),
    record({
      type: is('groupMod'),
      xid,
      command: oneOf('add', 'modify', 'delete'),
      groupType,
      groupId: u32,
      buckets,
    }),
    record({ type: is('multipartRequest'), xid, flags: more, body: requestBody }),
    record({ type: is('multipartReply'), xid, flags: more, body: replyBody }),
    record({
      type: oneOf('roleRequest', 'roleReply'),
      xid,
      role: oneOf('noChange', 'equal', 'master', 'slave'),
      generationId: u64,
    }),
    record({
      type: is('setAsync'),
      xid,
      packetIn: packetInReasons,
      packetInAsSlave: packetInReasons,
      portStatus: portStatusReasons,
      portStatusAsSlave: portStatusReasons,
      flowRemoved: flowRemovedReasons,
      flowRemovedAsSlave: flowRemovedReasons,
    }),
  );

const bundleFlags = subset('atomic', 'ordered');
const bundleControl = record({
  type: is('bundleControl'),
  xid: u32,
  bundleId: u32,
  controlType: oneOf('openRequest', 'openReply', 'closeReply', 'commitRequest', 'discardReply'),
  flags: bundleFlags,
});
const bundleAdd = u32.chain((xid) =>
  record({
    type: is('bundleAdd'),
    xid: fc.constant(xid),
    bundleId: u32,
    flags: bundleFlags,
    message: plainMessage(fc.constant(xid)),
  }),
);

/** Any message, in the form that decoding gives it. */
export const anyMessage: Arbitrary<Message> = fc.oneof(
  { weight: 20, arbitrary: plainMessage(u32) },
  { weight: 1, arbitrary: bundleControl },
  { weight: 4, arbitrary: bundleAdd },
);

/** A header that fits the frame, and then anything. */
export const anyFrame: Arbitrary<Buffer> = fc
  .tuple(fc.nat(30), u32, fc.oneof(bytes(200), bytesOf(48)))
  .map(([type, xid, body]) => {
    const header = Buffer.from([4, type, 0, 0, 0, 0, 0, 0]);
    header.writeUInt16BE(8 + body.length, 2);
    header.writeUInt32BE(xid, 4);
    return Buffer.concat([header, body]);
  });
