import { actionList } from './action.js';
import { defineMessage } from './message.js';
import { defaulted, enumeration, pad, u16, u32, u8, type ValueOf } from './kinds.js';
import { group, port } from './port-number.js';
import { structLength } from './fields.js';
import { list } from './sequence.js';
import { defineStruct } from './struct.js';

/** One set of actions of a group (section 7.3.4.2). */
export const bucket = defineStruct('7.3.4.2', {
  _length: structLength,
  /** Share of the packets, in select groups; 0 in others. */
  weight: defaulted(u16, 0),
  /** Port or group that must be live, in fast failover groups. */
  watchPort: defaulted(u32, port.any),
  watchGroup: defaulted(u32, group.any),
  _pad: pad(4),
  actions: actionList,
});
export type Bucket = ValueOf<typeof bucket>;

/** How a group uses its buckets (section 7.3.4.2). */
export const groupType = enumeration(u8, { all: 0, select: 1, indirect: 2, fastFailover: 3 });
export type GroupType = ValueOf<typeof groupType>;

export const groupMod = defineMessage(
  'groupMod',
  { code: 15, section: '7.3.4.2' },
  {
    command: defaulted(enumeration(u16, { add: 0, modify: 1, delete: 2 }), 'add'),
    groupType: defaulted(groupType, 'all'),
    _pad: pad(1),
    groupId: u32,
    buckets: list(bucket),
  },
);
export type GroupMod = ValueOf<typeof groupMod>;
