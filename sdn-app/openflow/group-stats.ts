import { action } from './action.js';
import { structLength } from './fields.js';
import { bucket, groupType } from './group-mod.js';
import { defaulted, flags, pad, u32, u64, type ValueOf } from './kinds.js';
import { list } from './sequence.js';
import { defineStruct } from './struct.js';

/** A group with its buckets (section 7.3.5.10). */
export const groupDescription = defineStruct('7.3.5.10', {
  _length: structLength,
  groupType,
  _pad: pad(1),
  groupId: u32,
  buckets: list(bucket),
});
export type GroupDescription = ValueOf<typeof groupDescription>;

const bucketStats = defineStruct('7.3.5.9', { packetCount: u64, byteCount: u64 });

/** The counters of a group (section 7.3.5.9). */
export const groupStats = defineStruct('7.3.5.9', {
  _length: structLength,
  _pad: pad(2),
  groupId: u32,
  /** Flow entries and groups that point to it. */
  refCount: defaulted(u32, 0),
  _pad2: pad(4),
  packetCount: u64,
  byteCount: u64,
  durationSec: defaulted(u32, 0),
  durationNsec: defaulted(u32, 0),
  buckets: list(bucketStats),
});
export type GroupStats = ValueOf<typeof groupStats>;

const byType = <T>(kind: T) => ({ all: kind, select: kind, indirect: kind, fastFailover: kind });

const actionBits = flags(u32, bitsOf(action.variants));

/** What a switch can do with groups (section 7.3.5.11). */
export const groupFeatures = {
  types: flags(u32, { all: 0, select: 1, indirect: 2, fastFailover: 3 }),
  capabilities: flags(u32, {
    selectWeight: 0,
    selectLiveness: 1,
    chaining: 2,
    chainingChecks: 3,
  }),
  maxGroups: defineStruct('7.3.5.11', byType(u32)),
  /** The actions that buckets of each type may have. */
  actions: defineStruct('7.3.5.11', byType(actionBits)),
};

// The number of each action that has a bit in a map of 32.
function bitsOf<const V extends Readonly<Record<string, { readonly code: number }>>>(
  variants: V,
): Record<Exclude<keyof V & string, 'experimenter'>, number> {
  return Object.fromEntries(
    Object.entries(variants)
      .filter(([, { code }]) => code < 32)
      .map(([name, { code }]) => [name, code]),
  ) as Record<Exclude<keyof V & string, 'experimenter'>, number>;
}
