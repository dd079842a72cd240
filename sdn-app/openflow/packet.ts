import { actionList } from './action.js';
import { defineMessage } from './message.js';
import { defaulted, openEnumeration, pad, u16, u32, u64, u8, type ValueOf } from './kinds.js';
import { matchFields } from './match.js';
import { noBuffer, port } from './port-number.js';
import { lengthOf } from './fields.js';
import { restBytes } from './sequence.js';

export const packetIn = defineMessage(
  'packetIn',
  { code: 10, section: '7.4.1' },
  {
    bufferId: defaulted(u32, noBuffer),
    /** Length of the whole packet in bytes, of which `data` may be the beginning. */
    totalLength: u16,
    /** Why; a reason of a later version stays a number. */
    reason: openEnumeration(u8, { noMatch: 0, action: 1, invalidTtl: 2 }),
    tableId: defaulted(u8, 0),
    cookie: defaulted(u64, 0xffff_ffff_ffff_ffffn),
    /** Where the packet came in, and what the pipeline knew of it. */
    match: matchFields,
    _pad: pad(2),
    data: restBytes,
  },
);
export type PacketIn = ValueOf<typeof packetIn>;

export const packetOut = defineMessage(
  'packetOut',
  { code: 13, section: '7.3.7' },
  {
    bufferId: defaulted(u32, noBuffer),
    inPort: defaulted(u32, port.controller),
    _actionsLength: lengthOf('actions'),
    _pad: pad(6),
    actions: actionList,
    /** The packet; empty when `bufferId` names one. */
    data: restBytes,
  },
);
export type PacketOut = ValueOf<typeof packetOut>;
