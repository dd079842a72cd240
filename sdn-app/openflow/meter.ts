import { structLength } from './fields.js';
import { defineMessage } from './message.js';
import { defaulted, enumeration, flags, pad, u16, u32, u64, u8, type ValueOf } from './kinds.js';
import { list, restBytes } from './sequence.js';
import { defineStruct } from './struct.js';
import { tlvUnion, variant } from './union.js';

const section = '7.3.4.4';

// In kbit/s and kbit, or packets/s and packets if the meter's flags say so.
const rates = { rate: u32, burstSize: defaulted(u32, 0) };

/** What a meter does to packets above a rate (section 7.3.4.4). */
export const meterBand = tlvUnion(
  'type',
  { unit: 1, lengthCountsPadding: true },
  {
    drop: variant(1, section, { ...rates, _pad: pad(4) }),
    /** Raises the drop precedence in the DSCP field by `precedenceLevel`. */
    dscpRemark: variant(2, section, { ...rates, precedenceLevel: u8, _pad: pad(3) }),
    experimenter: variant(0xffff, section, { ...rates, experimenter: u32, data: restBytes }),
  },
);
export type MeterBand = ValueOf<typeof meterBand>;

const meterFlagBits = { kbps: 0, packetsPerSecond: 1, burst: 2, stats: 3 };
const meterFlags = flags(u16, meterFlagBits);
export type MeterFlag = ValueOf<typeof meterFlags>[number];

export const meterMod = defineMessage(
  'meterMod',
  { code: 29, section },
  {
    command: defaulted(enumeration(u16, { add: 0, modify: 1, delete: 2 }), 'add'),
    flags: meterFlags,
    meterId: u32,
    bands: list(meterBand),
  },
);
export type MeterMod = ValueOf<typeof meterMod>;

/** What a band of a meter did (section 7.3.5.12). */
const bandStats = defineStruct('7.3.5.12', { packetCount: u64, byteCount: u64 });

/** The counters of a meter (section 7.3.5.12). */
export const meterStats = defineStruct('7.3.5.12', {
  meterId: u32,
  _length: structLength,
  _pad: pad(6),
  flowCount: defaulted(u32, 0),
  packetCount: u64,
  byteCount: u64,
  durationSec: defaulted(u32, 0),
  durationNsec: defaulted(u32, 0),
  bands: list(bandStats),
});
export type MeterStats = ValueOf<typeof meterStats>;

/** A meter as it was set up (section 7.3.5.13). */
export const meterConfig = defineStruct('7.3.5.13', {
  _length: structLength,
  flags: meterFlags,
  meterId: u32,
  bands: list(meterBand),
});
export type MeterConfig = ValueOf<typeof meterConfig>;

/** What a switch can do with meters (section 7.3.5.14). */
export const meterFeatures = {
  maxMeters: u32,
  bandTypes: flags(u32, { drop: 1, dscpRemark: 2 }),
  capabilities: flags(u32, meterFlagBits),
  maxBands: u8,
  /** Highest colour that a packet can be given. */
  maxColor: u8,
  _pad: pad(2),
};
