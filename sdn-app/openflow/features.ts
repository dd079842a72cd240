import { defineMessage } from './message.js';
import { defaulted, enumeration, flags, pad, u16, u32, u64, u8, type ValueOf } from './kinds.js';
import { maxLength } from './port-number.js';

export const featuresRequest = defineMessage('featuresRequest', { code: 5, section: '7.3.1' }, {});
export type FeaturesRequest = ValueOf<typeof featuresRequest>;

export const featuresReply = defineMessage(
  'featuresReply',
  { code: 6, section: '7.3.1' },
  {
    /** The dpid: the lower 48 bits are a MAC address of the switch. */
    datapathId: u64,
    /** Packets that the switch can hold back for packet-ins. */
    bufferCount: defaulted(u32, 0),
    tableCount: u8,
    /** 0 on the main connection. */
    auxiliaryId: defaulted(u8, 0),
    _pad: pad(2),
    capabilities: flags(u32, {
      flowStats: 0,
      tableStats: 1,
      portStats: 2,
      groupStats: 3,
      ipReassembly: 5,
      queueStats: 6,
      portBlocked: 8,
    }),
    _reserved: pad(4),
  },
);
export type FeaturesReply = ValueOf<typeof featuresReply>;

const configFields = {
  /** What happens to IP fragments. */
  fragments: defaulted(enumeration(u16, { normal: 0, drop: 1, reassemble: 2 }), 'normal'),
  /** Bytes of a packet that go to the controller when a flow entry does not say. */
  missSendLength: defaulted(u16, maxLength.noBuffer),
};

export const getConfigRequest = defineMessage(
  'getConfigRequest',
  { code: 7, section: '7.3.2' },
  {},
);
export type GetConfigRequest = ValueOf<typeof getConfigRequest>;

export const getConfigReply = defineMessage(
  'getConfigReply',
  { code: 8, section: '7.3.2' },
  configFields,
);
export type GetConfigReply = ValueOf<typeof getConfigReply>;

export const setConfig = defineMessage('setConfig', { code: 9, section: '7.3.2' }, configFields);
export type SetConfig = ValueOf<typeof setConfig>;
