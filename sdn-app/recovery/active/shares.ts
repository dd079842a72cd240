/** Who does which share of a VNF's work, who keeps whose state, what a failure and a move change. */
import type { ActivePolicy } from '../../contract/recovery-policy.js';
import type { ServingPart, ServingVnf } from '../../vnfs/port.js';
import type { Place } from '../fault.js';

export type Shares = ActivePolicy['active'];

/** An instance that serves, and what. */
export interface Member extends Place {
  flows: string[];
  /** Of one of its parts; undefined for the instance that does all but the parts. */
  part: number | undefined;
}

/** `at` keeps the state of `of`. */
export interface Pairing {
  of: Member;
  at: Member;
}

/** In the order of `hosts`. */
export function membersOf(vnf: ServingVnf, shares: Shares, hosts: readonly string[]): Member[] {
  const { host, instance, parts } = vnf;
  const all = shares.flatMap(({ flows }) => flows);
  const own = all.filter((flows) => !parts.some((part) => part.flows === flows));
  const members = new Map<string, Member>();
  members.set(instance, { host, instance, flows: own, part: undefined });
  for (const part of parts) {
    const known = members.get(part.instance);
    if (known !== undefined) known.flows.push(part.flows);
    else {
      const { number, flows } = part;
      const place = { host: part.host, instance: part.instance };
      members.set(part.instance, { ...place, flows: [flows], part: number });
    }
  }
  return [...members.values()].sort((a, b) => hosts.indexOf(a.host) - hosts.indexOf(b.host));
}

/** A ring: each one's state is kept by the next; nobody's while there is only one. */
export function pairingsOf(members: readonly Member[]): Pairing[] {
  return members.flatMap((of, index): Pairing[] => {
    const at = members[(index + 1) % members.length];
    return at === undefined || at === of || of.flows.length === 0 ? [] : [{ of, at }];
  });
}

/** Where a VNF is placed once `heir` does what `failed` did. */
export function takenOver(
  { host, instance, parts }: ServingVnf,
  failed: string,
  heir: Place,
): Place & { parts: ServingPart[] } {
  const main =
    instance === failed ? { host: heir.host, instance: heir.instance } : { host, instance };
  return {
    ...main,
    parts: parts
      .map((part) =>
        part.instance === failed ? { ...part, host: heir.host, instance: heir.instance } : part,
      )
      .filter((part) => part.instance !== main.instance),
  };
}

export interface ShareMove {
  flows: string;
  to: string;
}

/**
 * The next move that brings each share onto a host of its own: the one that is declared for it, or,
 * if `anywhere`, any. `free`: hosts that could have an instance. Undefined: there is none to make.
 */
export function nextMove(
  members: readonly Member[],
  shares: Shares,
  free: readonly string[],
  anywhere: boolean,
): ShareMove | undefined {
  const hostOf = (flows: string) => members.find((each) => each.flows.includes(flows))?.host;
  const placed = shares.map(({ host: home, flows }) => {
    const hosts = flows.map(hostOf).filter((host) => host !== undefined);
    return { home, flows, hosts: [...new Set(hosts)] };
  });
  const sharesOn = (host: string) => placed.filter(({ hosts }) => hosts.includes(host));
  // A move that was interrupted between two parts of one share goes on.
  for (const { flows, hosts } of placed) {
    const to = hosts.find((host) => sharesOn(host).length === 1);
    const left = flows.find((each) => hostOf(each) !== to);
    if (hosts.length > 1 && to !== undefined && left !== undefined) return { flows: left, to };
  }
  const empty = free.filter((host) => sharesOn(host).length === 0);
  const crowded = placed.filter(({ home, hosts: [host = ''] }) => {
    return home !== host && sharesOn(host).length > 1;
  });
  const homeward = crowded.find(({ home }) => empty.includes(home));
  const [first] = homeward?.flows ?? [];
  if (homeward !== undefined && first !== undefined) return { flows: first, to: homeward.home };
  const [other] = crowded[0]?.flows ?? [];
  const [to] = empty;
  return anywhere && other !== undefined && to !== undefined ? { flows: other, to } : undefined;
}
