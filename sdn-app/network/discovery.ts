/**
 * Finds the links between switches: a discovery frame leaves every port when it comes up and every
 * few seconds, and one that arrives at another switch proves a direction. A port where none has
 * come when it should have has hosts behind it.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { sendFrame } from './flows.js';
import { LinkTable, type LinkChange, type LinkEnd } from './links.js';
import { lldpFrame, readLldp } from './lldp.js';
import { isProbed, output, type NodePort, type SwitchNode } from './node.js';
import { port as portNumber } from '../openflow/index.js';

/** Times in ms. */
export const DISCOVERY = {
  /** Between two frames of one port, and more when there are very many ports. */
  intervalMs: 5000,
  /** All ports together. */
  framesPerSecond: 2000,
  /** From the switch's word that it has sent the frames until a port counts as an edge. */
  settleMs: 250,
  /** How long a link that the switch's flows tell of may stay unconfirmed. */
  presumedMs: 20_000,
  tickMs: 250,
} as const;

/** Rounds without a frame until a direction counts as lost. */
const MISSED_ROUNDS = 3;

export interface DiscoveryEvents {
  /** Paths have to be found anew. */
  changed(changes: readonly LinkChange[]): void;
  /** The port now leads to a switch: nothing that was learned there holds. */
  becameLink(node: SwitchNode, port: NodePort): void;
  /** Nothing but hosts is there. */
  becameEdge(node: SwitchNode, port: NodePort): void;
}

export class Discovery {
  readonly links = new LinkTable();
  /** Frames that claimed to be ours and were not. */
  forged = 0;
  readonly #clock: Clock;
  readonly #events: DiscoveryEvents;
  readonly #key = randomBytes(32);
  readonly #nodes = new Map<bigint, SwitchNode>();
  #round = 1;
  #roundEndsMs = 0;
  #cursor: LinkEnd[] = [];
  #cancelTick: () => void;

  constructor(clock: Clock, events: DiscoveryEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#cancelTick = clock.after(DISCOVERY.tickMs, () => this.#tick());
  }

  close(): void {
    this.#cancelTick();
  }

  add(node: SwitchNode): void {
    this.#nodes.set(node.dpid, node);
  }

  remove(node: SwitchNode): void {
    this.#nodes.delete(node.dpid);
    const ends = [...node.ports.keys()].map((port) => ({ node, port }));
    const far = [...node.links.values()];
    this.#lost(
      ends.flatMap((end) => this.links.forget(end)),
      far,
    );
  }

  /** Sends a frame out of each of these ports, in one go. */
  probe(node: SwitchNode, ports: Iterable<NodePort>): void {
    const frames = [...ports].flatMap((port) => {
      const active = isProbed(port) && port.role !== 'down' && port.role !== 'steered';
      return active ? [this.#frame(node, port)] : [];
    });
    node.send(...frames);
  }

  /** The port is down or gone. */
  portLost(node: SwitchNode, port: number): void {
    const end = { node, port };
    const other = node.links.get(port);
    this.#lost(this.links.forget(end), other === undefined ? [] : [other]);
  }

  /** Ports that were probed and are no links have hosts behind them. */
  settle(node: SwitchNode, ports: Iterable<NodePort>): void {
    const now = this.#clock.monotonicMs();
    for (const port of ports) {
      if (node.ports.get(port.number) !== port || port.presumedUntilMs > now) continue;
      if (port.role !== 'probing' && port.role !== 'link') continue;
      if (this.links.touches({ node, port: port.number })) continue;
      node.setRole(port, 'edge');
      this.#events.becameEdge(node, port);
    }
  }

  receive(node: SwitchNode, port: NodePort, frame: Buffer): void {
    const probe = readLldp(frame, this.#key);
    if (probe === undefined) return;
    const isOld = probe !== 'forged' && probe.round < this.#round - MISSED_ROUNDS;
    if (probe === 'forged' || isOld) {
      this.forged += 1;
      return;
    }
    const sender = this.#nodes.get(probe.dpid);
    const senderPort = sender?.ports.get(probe.port);
    if (sender === undefined || senderPort === undefined || senderPort.role === 'down') return;
    if (sender === node && senderPort === port) return;
    const from = { node: sender, port: senderPort.number };
    const to = { node, port: port.number };
    const isNews = !node.links.has(port.number);
    const changes = this.links.hear(from, to, this.#round);
    this.#makeLink(node, port);
    this.#makeLink(sender, senderPort);
    // The other direction need not wait for the next round.
    if (isNews && !node.links.has(port.number)) this.probe(node, [port]);
    if (changes.length > 0) this.#events.changed(changes);
  }

  #makeLink(node: SwitchNode, port: NodePort): void {
    port.presumedUntilMs = 0;
    if (port.role === 'link' || port.role === 'steered') return;
    node.setRole(port, 'link');
    this.#events.becameLink(node, port);
  }

  #lost(changes: readonly LinkChange[], others: readonly LinkEnd[]): void {
    if (changes.length > 0) this.#events.changed(changes);
    this.#reconsider([...others, ...changes.flatMap(({ from, to }) => [from, to])]);
  }

  /** A port that is no link any more is looked at as if it had just come up. */
  #reconsider(ends: readonly LinkEnd[]): void {
    for (const end of ends) {
      const port = end.node.ports.get(end.port);
      if (port?.role !== 'link' || this.links.touches(end)) continue;
      this.probe(end.node, [port]);
      this.#clock.after(DISCOVERY.settleMs, () => this.settle(end.node, [port]));
    }
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(DISCOVERY.tickMs, () => this.#tick());
    const now = this.#clock.monotonicMs();
    if (this.#cursor.length === 0 && now >= this.#roundEndsMs) this.#startRound(now);
    const count = Math.ceil((DISCOVERY.framesPerSecond * DISCOVERY.tickMs) / 1000);
    const due = new Map<SwitchNode, NodePort[]>();
    for (const { node, port } of this.#cursor.splice(-count)) {
      const found = node.ports.get(port);
      if (found !== undefined) due.set(node, [...(due.get(node) ?? []), found]);
    }
    for (const [node, ports] of due) this.probe(node, ports);
  }

  #startRound(now: number): void {
    const ports = [...this.#nodes.values()].flatMap((node) =>
      [...node.ports.keys()].map((port) => ({ node, port })),
    );
    const roundMs = Math.max(
      DISCOVERY.intervalMs,
      (ports.length / DISCOVERY.framesPerSecond) * 1000 + DISCOVERY.tickMs,
    );
    // Counted in rounds: a controller that was stalled has not missed any.
    const { changes, ends } = this.links.expire(this.#round - MISSED_ROUNDS);
    this.#lost(changes, ends);
    for (const node of this.#nodes.values()) this.settle(node, presumed(node));
    this.#round += 1;
    this.#roundEndsMs = now + roundMs;
    this.#cursor = ports;
  }

  #frame(node: SwitchNode, { number, hwAddr }: NodePort) {
    const probe = { dpid: node.dpid, port: number, round: this.#round };
    const ttlSeconds = Math.ceil((MISSED_ROUNDS * DISCOVERY.intervalMs) / 1000);
    const frame = lldpFrame(probe, hwAddr, ttlSeconds, this.#key);
    return sendFrame(portNumber.controller, [output(number)], frame);
  }
}

function presumed(node: SwitchNode): NodePort[] {
  return [...node.ports.values()].filter(({ role }) => role === 'link');
}
