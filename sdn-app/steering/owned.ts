/** What Ferry owns on a switch: flows by their cookie, groups by their id. */
import { isFerryGroup } from './groups.js';

/** Upper half of every cookie of Ferry, "Ferr"; the lower half is the generation that wrote it. */
const PREFIX = 0x4665_7272n;

/** Cookie and mask of every flow of Ferry, for `SwitchSession.flows`. */
export const OWNED_FLOWS = { cookie: PREFIX << 32n, cookieMask: 0xffff_ffffn << 32n } as const;

/** `generation` is 1 to 4294967295; each install on a switch has its own. */
export function cookieOf(generation: number): bigint {
  return (PREFIX << 32n) | BigInt(generation);
}

export interface Owned {
  groupIds: readonly number[];
  cookies: readonly bigint[];
  /** For the next install: above each generation found. */
  nextGeneration: number;
}

/** Reads the switch's own flow statistics and group descriptions. */
export function owned(
  flows: readonly { cookie: bigint }[],
  groups: readonly { groupId: number }[],
): Owned {
  const cookies = [...new Set(flows.map(({ cookie }) => cookie))].filter(
    (cookie) => cookie >> 32n === PREFIX,
  );
  const generations = cookies.map((cookie) => Number(cookie & 0xffff_ffffn));
  const newest = generations.reduce((a, b) => Math.max(a, b), 0);
  return {
    groupIds: groups.map(({ groupId }) => groupId).filter(isFerryGroup),
    cookies,
    nextGeneration: newest === 0xffff_ffff ? 1 : newest + 1,
  };
}
