import { structLength } from './fields.js';
import { defineMessage } from './message.js';
import { defaulted, pad, u16, u32, u64, type ValueOf } from './kinds.js';
import { list, restBytes } from './sequence.js';
import { defineStruct } from './struct.js';
import { tlvUnion, variant } from './union.js';

const section = '7.2.2';

/** What a queue promises (section 7.2.2). Rates in 1/10 of a percent; above 1000 for none. */
export const queueProperty = tlvUnion(
  'type',
  { unit: 1, lengthCountsPadding: true },
  {
    minRate: variant(1, section, { _pad: pad(4), rate: u16, _pad2: pad(6) }),
    maxRate: variant(2, section, { _pad: pad(4), rate: u16, _pad2: pad(6) }),
    experimenter: variant(0xffff, section, {
      _pad: pad(4),
      experimenter: u32,
      _pad2: pad(4),
      data: restBytes,
    }),
  },
);
export type QueueProperty = ValueOf<typeof queueProperty>;

/** A queue of a port (section 7.2.2). */
export const packetQueue = defineStruct(section, {
  queueId: u32,
  portNo: u32,
  _length: structLength,
  _pad: pad(6),
  properties: list(queueProperty),
});
export type PacketQueue = ValueOf<typeof packetQueue>;

export const queueGetConfigRequest = defineMessage(
  'queueGetConfigRequest',
  { code: 22, section: '7.3.6' },
  { portNo: u32, _pad: pad(4) },
);
export type QueueGetConfigRequest = ValueOf<typeof queueGetConfigRequest>;

export const queueGetConfigReply = defineMessage(
  'queueGetConfigReply',
  { code: 23, section: '7.3.6' },
  { portNo: u32, _pad: pad(4), queues: list(packetQueue) },
);
export type QueueGetConfigReply = ValueOf<typeof queueGetConfigReply>;

/** The counters of a queue (section 7.3.5.8); one not kept by the switch is 2^64-1. */
export const queueStats = defineStruct('7.3.5.8', {
  portNo: u32,
  queueId: u32,
  txBytes: u64,
  txPackets: u64,
  txErrors: u64,
  durationSec: defaulted(u32, 0),
  durationNsec: defaulted(u32, 0),
});
export type QueueStats = ValueOf<typeof queueStats>;
