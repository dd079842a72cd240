import { defaulted, u16, u32, u8, pad, type ValueOf } from './kinds.js';
import { oxmField } from './oxm.js';
import { maxLength } from './port-number.js';
import { padTo } from './fields.js';
import { list, restBytes } from './sequence.js';
import { tlvUnion, variant } from './union.js';

const section = '7.2.5';

/** Actions (section 7.2.5), in instructions, buckets and packet-outs. */
export const action = tlvUnion(
  'type',
  { unit: 8, lengthCountsPadding: true },
  {
    output: variant(0, section, {
      port: u32,
      maxLength: defaulted(u16, maxLength.noBuffer),
      _pad: pad(6),
    }),
    copyTtlOut: variant(11, section, { _pad: pad(4) }),
    copyTtlIn: variant(12, section, { _pad: pad(4) }),
    setMplsTtl: variant(15, section, { ttl: u8, _pad: pad(3) }),
    decMplsTtl: variant(16, section, { _pad: pad(4) }),
    pushVlan: variant(17, section, { ethType: defaulted(u16, 0x8100), _pad: pad(2) }),
    popVlan: variant(18, section, { _pad: pad(4) }),
    pushMpls: variant(19, section, { ethType: defaulted(u16, 0x8847), _pad: pad(2) }),
    popMpls: variant(20, section, { ethType: u16, _pad: pad(2) }),
    setQueue: variant(21, section, { queueId: u32 }),
    group: variant(22, section, { groupId: u32 }),
    setNwTtl: variant(23, section, { ttl: u8, _pad: pad(3) }),
    decNwTtl: variant(24, section, { _pad: pad(4) }),
    setField: variant(25, section, { field: oxmField, _pad: padTo(8) }),
    pushPbb: variant(26, section, { ethType: defaulted(u16, 0x88e7), _pad: pad(2) }),
    popPbb: variant(27, section, { _pad: pad(4) }),
    experimenter: variant(0xffff, section, { experimenter: u32, data: restBytes }),
  },
);

export type Action = ValueOf<typeof action>;

export const actionList = list(action);
