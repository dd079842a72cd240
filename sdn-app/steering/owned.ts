/** What Ferry owns on a switch: flows by their cookie, groups by their id. */
import type { FlowStats, GroupDescription } from '../openflow/index.js';
import { isFerryGroup } from './groups.js';

/** Upper half of every cookie of Ferry, "Ferr"; the lower half is the generation that wrote it. */
const PREFIX = 0x4665_7272n;

/** Cookie and mask of every flow of Ferry, for `SwitchSession.flows`. */
export const OWNED_FLOWS = { cookie: PREFIX << 32n, cookieMask: 0xffff_ffffn << 32n } as const;

export function isOwnCookie(cookie: bigint): boolean {
  return cookie >> 32n === PREFIX;
}

/** `generation` is 1 to 4294967295; each install on a switch has its own. */
export function cookieOf(generation: number): bigint {
  return (PREFIX << 32n) | BigInt(generation);
}

/** A flow as the switch itself describes it, its counters aside. */
export type OwnedFlow = Pick<
  FlowStats,
  | 'tableId'
  | 'priority'
  | 'cookie'
  | 'idleTimeout'
  | 'hardTimeout'
  | 'flags'
  | 'match'
  | 'instructions'
>;

export interface Owned {
  flows: readonly OwnedFlow[];
  groups: readonly GroupDescription[];
  /** For the next install: above each generation found. */
  nextGeneration: number;
}

/** Reads the switch's own flow statistics and group descriptions. */
export function owned(flows: readonly OwnedFlow[], groups: readonly GroupDescription[]): Owned {
  const ours = flows.filter(({ cookie }) => isOwnCookie(cookie));
  const generations = ours.map(({ cookie }) => Number(cookie & 0xffff_ffffn));
  const newest = generations.reduce((a, b) => Math.max(a, b), 0);
  return {
    flows: ours,
    groups: groups.filter(({ groupId }) => isFerryGroup(groupId)),
    nextGeneration: newest === 0xffff_ffff ? 1 : newest + 1,
  };
}
