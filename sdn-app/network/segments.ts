/**
 * Ports with hosts behind them that somebody else's bridges join: a broadcast that is sent out of one
 * comes back by another. All but one of those that the network itself joins too must be shut, or it
 * would go round for ever.
 */
import { EndMap, isFirst, isSame, type LinkEnd } from './links.js';
import type { SwitchNode } from './node.js';

interface Heard {
  from: LinkEnd;
  to: LinkEnd;
  /** Round of probes in which it was heard last. */
  round: number;
}

export class SegmentTable {
  /** By the port at which they were heard. */
  readonly #heard = new EndMap<Heard[]>();

  /** A probe of `from` has come in at `to`, by way of others. Returns whether that is news. */
  hear(from: LinkEnd, to: LinkEnd, round: number): boolean {
    const known = this.#heard.get(to) ?? [];
    const same = known.find((heard) => isSame(heard.from, from));
    if (same !== undefined) {
      same.round = round;
      return false;
    }
    this.#heard.set(to, [...known, { from, to, round }]);
    return true;
  }

  /** Forgets what was not heard since round `before`; true when there was any. */
  expire(before: number): boolean {
    return this.#keep(({ round }) => round >= before);
  }

  /** The port is down or leads elsewhere; true when it was in a segment. */
  forget(end: LinkEnd): boolean {
    return this.#keep(({ from, to }) => !isSame(from, end) && !isSame(to, end));
  }

  /** Ports at which something was heard. */
  ends(): LinkEnd[] {
    return this.#heard.all().flatMap(([heard]) => (heard === undefined ? [] : [heard.to]));
  }

  /** Of the ports of a segment that the network joins, the first one stays open. */
  mustShut(end: LinkEnd, isJoined: (a: SwitchNode, b: SwitchNode) => boolean): boolean {
    const heard = this.#heard.get(end) ?? [];
    return heard.some(({ from }) => isFirst(from, end) && isJoined(from.node, end.node));
  }

  #keep(wanted: (heard: Heard) => boolean): boolean {
    let isChanged = false;
    for (const heard of this.#heard.all()) {
      const kept = heard.filter(wanted);
      const [first] = heard;
      if (first === undefined || kept.length === heard.length) continue;
      isChanged = true;
      if (kept.length > 0) this.#heard.set(first.to, kept);
      else this.#heard.delete(first.to);
    }
    return isChanged;
  }
}
