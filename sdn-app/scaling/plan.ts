/** Which of several instances shall do which part of a VNF's work: pure functions over loads. */

/** A part that can move by itself, where it is served now, and what it carries. */
export interface Unit {
  flows: string;
  host: string;
  /** Packets in the time of the measurement. */
  load: number;
}

export interface Move {
  flows: string;
  from: string;
  to: string;
}

/**
 * Spreads the units so that the busiest host has as little as can be: the heaviest unit first, each
 * to the host that has least. A unit stays where it is if that costs no more than `TOLERANCE` of a
 * host's fair share: a move is work too. Answers the moves only.
 */
export function planMoves(units: readonly Unit[], hosts: readonly string[]): Move[] {
  const total = units.reduce((sum, { load }) => sum + load, 0);
  const spare = (total / hosts.length) * TOLERANCE;
  const carried = new Map(hosts.map((host) => [host, 0]));
  const of = (host: string): number => carried.get(host) ?? 0;
  return (
    units
      // Of equals those first that may stay.
      .toSorted(
        (a, b) => b.load - a.load || Number(carried.has(b.host)) - Number(carried.has(a.host)),
      )
      .flatMap(({ flows, host, load }): Move[] => {
        const [lightest = host] = [...carried.keys()].sort((a, b) => of(a) - of(b));
        const stays = carried.has(host) && of(host) <= of(lightest) + spare;
        const to = stays ? host : lightest;
        carried.set(to, of(to) + load);
        return to === host ? [] : [{ flows, from: host, to }];
      })
  );
}

/** Of a fair share: what one instance may have more than another. */
const TOLERANCE = 0.1;

/** The units that are too heavy to be spread evenly: worth dividing, should that be possible. */
export function tooHeavy(units: readonly Unit[], hosts: number): Unit[] {
  const total = units.reduce((sum, { load }) => sum + load, 0);
  return units.filter(({ load }) => load * hosts * UNITS_PER_HOST > total);
}

/** Fewer per host would leave them uneven. */
const UNITS_PER_HOST = 4;

/** The two halves of `src=10.0.0.0/16`; undefined for other filters and single addresses. */
export function halvesOf(flows: string): [string, string] | undefined {
  const found = /^src=(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(flows);
  const [a, b, c, d, length] = (found ?? []).slice(1).map(Number);
  if (a === undefined || b === undefined || c === undefined) return undefined;
  if (d === undefined || length === undefined || length >= 32) return undefined;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - length);
  const base = Math.floor(first / size) * size;
  const half = (address: number): string => {
    const text = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
    return `src=${text}/${length + 1}`;
  };
  return [half(base), half(base + size / 2)];
}
