import { defineMessage } from './message.js';
import { defaulted, enumeration, flags, pad, u32, u64, type ValueOf } from './kinds.js';

const roleFields = {
  role: enumeration(u32, { noChange: 0, equal: 1, master: 2, slave: 3 }),
  _pad: pad(4),
  /** Grows with every change of master, so that a switch can refuse a late request. */
  generationId: defaulted(u64, 0n),
};

export const roleRequest = defineMessage('roleRequest', { code: 24, section: '7.3.9' }, roleFields);
export type RoleRequest = ValueOf<typeof roleRequest>;

export const roleReply = defineMessage('roleReply', { code: 25, section: '7.3.9' }, roleFields);
export type RoleReply = ValueOf<typeof roleReply>;

const packetInReasons = flags(u32, { noMatch: 0, action: 1, invalidTtl: 2 });
const portStatusReasons = flags(u32, { add: 0, delete: 1, modify: 2 });
const flowRemovedReasons = flags(u32, {
  idleTimeout: 0,
  hardTimeout: 1,
  delete: 2,
  groupDelete: 3,
});

// As master (or equal) and as slave.
const asyncFields = {
  packetIn: packetInReasons,
  packetInAsSlave: packetInReasons,
  portStatus: portStatusReasons,
  portStatusAsSlave: portStatusReasons,
  flowRemoved: flowRemovedReasons,
  flowRemovedAsSlave: flowRemovedReasons,
};

export const getAsyncRequest = defineMessage(
  'getAsyncRequest',
  { code: 26, section: '7.3.10' },
  {},
);
export type GetAsyncRequest = ValueOf<typeof getAsyncRequest>;

export const getAsyncReply = defineMessage(
  'getAsyncReply',
  { code: 27, section: '7.3.10' },
  asyncFields,
);
export type GetAsyncReply = ValueOf<typeof getAsyncReply>;

/** Which asynchronous messages to send, as master (or equal) and as slave, by their reasons. */
export const setAsync = defineMessage('setAsync', { code: 28, section: '7.3.10' }, asyncFields);
export type SetAsync = ValueOf<typeof setAsync>;
