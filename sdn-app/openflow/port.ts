import { defineMessage } from './message.js';
import {
  defaulted,
  flags,
  mac,
  openEnumeration,
  pad,
  text,
  u32,
  u8,
  type ValueOf,
} from './kinds.js';
import { defineStruct } from './struct.js';

/** Bits of a port's features: rate and duplex, medium, negotiation (OFPPF_*, section 7.2.1). */
export const portFeature = {
  '10MbHalfDuplex': 1 << 0,
  '10MbFullDuplex': 1 << 1,
  '100MbHalfDuplex': 1 << 2,
  '100MbFullDuplex': 1 << 3,
  '1GbHalfDuplex': 1 << 4,
  '1GbFullDuplex': 1 << 5,
  '10GbFullDuplex': 1 << 6,
  '40GbFullDuplex': 1 << 7,
  '100GbFullDuplex': 1 << 8,
  '1TbFullDuplex': 1 << 9,
  otherRate: 1 << 10,
  copper: 1 << 11,
  fiber: 1 << 12,
  autonegotiation: 1 << 13,
  pause: 1 << 14,
  asymmetricPause: 1 << 15,
} as const;

const portConfig = flags(u32, { portDown: 0, noReceive: 2, noForward: 5, noPacketIn: 6 });
export type PortConfigFlag = ValueOf<typeof portConfig>[number];

/** A port (section 7.2.1), as port descriptions and port-status messages carry it. */
export const portDescription = defineStruct('7.2.1', {
  portNo: u32,
  _pad: pad(4),
  hwAddr: mac,
  _pad2: pad(2),
  name: text(16),
  config: portConfig,
  state: flags(u32, { linkDown: 0, blocked: 1, live: 2 }),
  /** Bitmaps of `portFeature`. */
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
    /** What happened; a reason of a later version stays a number. */
    reason: openEnumeration(u8, { add: 0, delete: 1, modify: 2 }),
    _pad: pad(7),
    port: portDescription,
  },
);
export type PortStatus = ValueOf<typeof portStatus>;

/** Changes a port's behaviour. */
export const portMod = defineMessage(
  'portMod',
  { code: 16, section: '7.3.4.3' },
  {
    portNo: u32,
    _pad: pad(4),
    /** As the port description has it, so that a port that was replaced is not changed. */
    hwAddr: mac,
    _pad2: pad(2),
    config: portConfig,
    /** Which bits of `config` to change. */
    mask: portConfig,
    /** Bitmap of `portFeature`; 0 to leave it alone. */
    advertise: defaulted(u32, 0),
    _pad3: pad(4),
  },
);
export type PortMod = ValueOf<typeof portMod>;
