import { flowFilter, flowStats } from './flow-stats.js';
import { groupDescription, groupFeatures, groupStats } from './group-stats.js';
import { tagOf } from './fields.js';
import { defineMessage } from './message.js';
import { defaulted, flags, pad, text, u16, u32, u64, type ValueOf } from './kinds.js';
import { meterConfig, meterFeatures, meterStats } from './meter.js';
import { portDescription } from './port.js';
import { group, meter, port, queue } from './port-number.js';
import { portStats } from './port-stats.js';
import { queueStats } from './queue.js';
import { list, restBytes } from './sequence.js';
import { tableStats } from './table.js';
import { tableFeatures } from './table-features.js';
import { taggedUnion, variant } from './union.js';

const experimenterFields = { experimenter: u32, experimenterType: u32, data: restBytes };
const meterFilter = { meterId: defaulted(u32, meter.all), _pad: pad(4) };

export const multipartRequestBody = taggedUnion('kind', {
  desc: variant(0, '7.3.5.1', {}),
  flow: variant(1, '7.3.5.2', flowFilter),
  aggregate: variant(2, '7.3.5.3', flowFilter),
  tableStats: variant(3, '7.3.5.4', {}),
  portStats: variant(4, '7.3.5.6', { portNo: defaulted(u32, port.any), _pad: pad(4) }),
  queueStats: variant(5, '7.3.5.8', {
    portNo: defaulted(u32, port.any),
    queueId: defaulted(u32, queue.all),
  }),
  groupStats: variant(6, '7.3.5.9', { groupId: defaulted(u32, group.all), _pad: pad(4) }),
  groupDesc: variant(7, '7.3.5.10', {}),
  groupFeatures: variant(8, '7.3.5.11', {}),
  meterStats: variant(9, '7.3.5.12', meterFilter),
  meterConfig: variant(10, '7.3.5.13', meterFilter),
  meterFeatures: variant(11, '7.3.5.14', {}),
  /** Without tables, asks; with tables, sets the switch up so. */
  tableFeatures: variant(12, '7.3.5.5', { tables: list(tableFeatures) }),
  portDesc: variant(13, '7.3.5.7', {}),
  experimenter: variant(0xffff, '7.3.5.15', experimenterFields),
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
  aggregate: variant(2, '7.3.5.3', {
    packetCount: u64,
    byteCount: u64,
    flowCount: u32,
    _pad: pad(4),
  }),
  tableStats: variant(3, '7.3.5.4', { tables: list(tableStats) }),
  portStats: variant(4, '7.3.5.6', { ports: list(portStats) }),
  queueStats: variant(5, '7.3.5.8', { queues: list(queueStats) }),
  groupStats: variant(6, '7.3.5.9', { groups: list(groupStats) }),
  groupDesc: variant(7, '7.3.5.10', { groups: list(groupDescription) }),
  groupFeatures: variant(8, '7.3.5.11', groupFeatures),
  meterStats: variant(9, '7.3.5.12', { meters: list(meterStats) }),
  meterConfig: variant(10, '7.3.5.13', { meters: list(meterConfig) }),
  meterFeatures: variant(11, '7.3.5.14', meterFeatures),
  tableFeatures: variant(12, '7.3.5.5', { tables: list(tableFeatures) }),
  portDesc: variant(13, '7.3.5.7', { ports: list(portDescription) }),
  experimenter: variant(0xffff, '7.3.5.15', experimenterFields),
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
