/** Shuts ports that somebody else's bridges join with others of the network, and opens them again. */
import { EndMap, type LinkEnd } from './links.js';
import type { NodePort, SwitchNode } from './node.js';
import { SegmentTable } from './segments.js';

export interface LoopEvents {
  /** Whether frames get from one switch to the other by links of the network. */
  isJoined(a: SwitchNode, b: SwitchNode): boolean;
  /** Nothing may be sent out of the port or learned there: what is behind it is behind another too. */
  shut(node: SwitchNode, port: NodePort): void;
  /** Nothing speaks against the port any more: it is to be looked at as if it had just come up. */
  open(node: SwitchNode, port: NodePort): void;
}

export class LoopGuard {
  readonly #events: LoopEvents;
  readonly #segments = new SegmentTable();
  readonly #shut = new EndMap<LinkEnd>();

  constructor(events: LoopEvents) {
    this.#events = events;
  }

  /** A probe that left `from` has come in at `to`. */
  hear(from: LinkEnd, to: LinkEnd, round: number): void {
    if (this.#segments.hear(from, to, round)) this.review();
  }

  /** The port is down, gone or a link. */
  forget(end: LinkEnd): void {
    this.#shut.delete(end);
    if (this.#segments.forget(end)) this.review();
  }

  /** Forgets what was not heard since round `before`. */
  expire(before: number): void {
    if (this.#segments.expire(before)) this.review();
  }

  /** Segments, or the links of the network, have changed. */
  review(): void {
    for (const end of [...this.#segments.ends(), ...this.#shut.all()]) {
      const port = end.node.ports.get(end.port);
      const mustShut = this.#segments.mustShut(end, this.#events.isJoined);
      if (mustShut && (port?.role === 'edge' || port?.role === 'probing')) {
        this.#shut.set(end, end);
        end.node.setRole(port, 'blocked');
        this.#events.shut(end.node, port);
      } else if (!mustShut && port?.role === 'blocked') {
        this.#shut.delete(end);
        end.node.setRole(port, 'probing');
        this.#events.open(end.node, port);
      }
    }
  }
}
