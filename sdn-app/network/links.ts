/**
 * Links between switches, from what discovery hears: a direction counts once a frame of ours has
 * come through it, and a link is used when both do.
 */
import type { SwitchNode } from './node.js';

export interface LinkEnd {
  readonly node: SwitchNode;
  readonly port: number;
}

interface Heard {
  /** Where the frame was sent. */
  from: LinkEnd;
  to: LinkEnd;
  /** Round of probes in which it was heard last. */
  round: number;
}

export interface Link {
  from: LinkEnd;
  to: LinkEnd;
  /** Frames come through in both directions. */
  twoWay: boolean;
}

export interface LinkChange extends Pick<Link, 'from' | 'to'> {
  up: boolean;
}

/** Values by switch and port. */
export class EndMap<V> {
  readonly #nodes = new Map<SwitchNode, Map<number, V>>();

  get({ node, port }: LinkEnd): V | undefined {
    return this.#nodes.get(node)?.get(port);
  }

  set({ node, port }: LinkEnd, value: V): void {
    const ports = this.#nodes.get(node);
    if (ports === undefined) this.#nodes.set(node, new Map([[port, value]]));
    else ports.set(port, value);
  }

  delete({ node, port }: LinkEnd): void {
    const ports = this.#nodes.get(node);
    ports?.delete(port);
    if (ports?.size === 0) this.#nodes.delete(node);
  }

  all(): V[] {
    return [...this.#nodes.values()].flatMap((ports) => [...ports.values()]);
  }
}

export class LinkTable {
  /** By the receiving end: a port hears one other. */
  readonly #heard = new EndMap<Heard>();
  /** The same by the sending end, which several may hear on a shared segment. */
  readonly #sent = new EndMap<Set<Heard>>();

  /** A discovery frame from `from` has arrived at `to`. Returns the links that changed. */
  hear(from: LinkEnd, to: LinkEnd, round: number): LinkChange[] {
    const known = this.#heard.get(to);
    if (known !== undefined && isSame(known.from, from)) {
      known.round = round;
      return [];
    }
    const changes = known === undefined ? [] : this.#drop(known);
    const heard = { from, to, round };
    this.#heard.set(to, heard);
    this.#sent.set(from, new Set(this.#sent.get(from)).add(heard));
    if (!this.#isHeard(to, from)) return changes;
    from.node.links.set(from.port, to);
    to.node.links.set(to.port, from);
    return [...changes, { from, to, up: true }];
  }

  /** Whether the direction is known. */
  #isHeard(from: LinkEnd, to: LinkEnd): boolean {
    const heard = this.#heard.get(to);
    return heard !== undefined && isSame(heard.from, from);
  }

  /** Whether a frame from this port has been heard anywhere, or one from elsewhere at it. */
  touches(end: LinkEnd): boolean {
    return this.#heard.get(end) !== undefined || this.#sent.get(end) !== undefined;
  }

  /** The port is down, or its switch is gone: whatever was heard there is void. */
  forget(end: LinkEnd): LinkChange[] {
    const at = this.#heard.get(end);
    const involved = [...(at === undefined ? [] : [at]), ...(this.#sent.get(end) ?? [])];
    return involved.flatMap((heard) => this.#drop(heard));
  }

  /** Forgets directions not heard since round `before`; `ends` may have another role now. */
  expire(before: number): { changes: LinkChange[]; ends: LinkEnd[] } {
    const old = this.#heard.all().filter(({ round }) => round < before);
    const changes = old.flatMap((heard) => this.#drop(heard));
    return { changes, ends: old.flatMap(({ from, to }) => [from, to]) };
  }

  /** Each two-way link once, from the lower datapath id (then port). */
  list(): Link[] {
    return this.#heard.all().flatMap(({ from, to }) => {
      const twoWay = this.#isHeard(to, from);
      return twoWay && !isFirst(from, to) ? [] : [{ from, to, twoWay }];
    });
  }

  #drop(heard: Heard): LinkChange[] {
    const { from, to } = heard;
    if (this.#heard.get(to) !== heard) return [];
    this.#heard.delete(to);
    const sent = this.#sent.get(from);
    sent?.delete(heard);
    if (sent?.size === 0) this.#sent.delete(from);
    if (!this.#isHeard(to, from)) return [];
    from.node.links.delete(from.port);
    to.node.links.delete(to.port);
    return [{ from, to, up: false }];
  }
}

export function isSame(a: LinkEnd, b: LinkEnd): boolean {
  return a.node === b.node && a.port === b.port;
}

/** By datapath id, then by port. */
export function isFirst(a: LinkEnd, b: LinkEnd): boolean {
  return a.node === b.node ? a.port < b.port : a.node.dpid < b.node.dpid;
}
