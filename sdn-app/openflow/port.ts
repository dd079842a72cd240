import { defineMessage } from './message.js';
import { defaulted, enumeration, flags, mac, pad, text, u32, u8, type ValueOf } from './kinds.js';
import { defineStruct } from './struct.js';

/** A port (section 7.2.1), as port descriptions and port-status messages carry it. */
export const portDescription = defineStruct('7.2.1', {
  portNo: u32,
  _pad: pad(4),
  hwAddr: mac,
  _pad2: pad(2),
  name: text(16),
  config: flags(u32, { portDown: 0, noReceive: 2, noForward: 5, noPacketIn: 6 }),
  state: flags(u32, { linkDown: 0, blocked: 1, live: 2 }),
  /** Bitmaps of OFPPF_*: rate and medium. */
  curr: defaulted(u32, 0),
  advertised: defaulted(u32, 0),
  supported: defaulted(u32, 0),
  peer: defaulted(u32, 0),
  /** kbit/s. */
  currSpeed: defaulted(u32, 0),
  maxSpeed: defaulted(u32, 0),
});
export type Port = ValueOf<typeof portDescription>;

export const portStatus = defineMessage(
  'portStatus',
  { code: 12, section: '7.4.3' },
  {
    reason: enumeration(u8, { add: 0, delete: 1, modify: 2 }),
    _pad: pad(7),
    port: portDescription,
  },
);
export type PortStatus = ValueOf<typeof portStatus>;
