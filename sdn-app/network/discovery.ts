/**
 * Finds the links between switches: a discovery frame leaves every port when it comes up and every
 * few seconds, and one that arrives at another switch proves a direction. A port where none has
 * come when it should have has hosts behind it. Out of those goes a second frame that bridges let
 * through: where one comes in, somebody else's bridges join the two ports.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { sendFrame } from './flows.js';
import { LinkTable, type LinkChange, type LinkEnd } from './links.js';
import { lldpFrame, readLldp } from './lldp.js';
import { loopFrame, readLoopFrame } from './loop-probe.js';
import { LoopGuard } from './loops.js';
import { isProbed, output, type NodePort, type SwitchNode } from './node.js';
import { port as portNumber, type PacketOut } from '../openflow/index.js';
import type { Probe } from './probe.js';

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
  /** Between two frames of a port that is suspected of a loop. */
  suspectMs: 100,
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
  /** Somebody else's bridges join it with another port, which serves what is behind both. */
  becameBlocked(node: SwitchNode, port: NodePort): void;
  /** No longer so. */
  becameOpen(node: SwitchNode, port: NodePort): void;
  /** Whether frames get from one switch to the other by links. */
  isJoined(a: SwitchNode, b: SwitchNode): boolean;
}

export class Discovery {
  readonly links = new LinkTable();
  /** Frames that claimed to be ours and were not. */
  forged = 0;
  readonly #clock: Clock;
  readonly #events: DiscoveryEvents;
  readonly #loops: LoopGuard;
  readonly #key = randomBytes(32);
  readonly #nodes = new Map<bigint, SwitchNode>();
  #round = 1;
  #roundEndsMs = 0;
  #cursor: LinkEnd[] = [];
  #cancelTick: () => void;

  constructor(clock: Clock, events: DiscoveryEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#loops = new LoopGuard({
      isJoined: (a, b) => events.isJoined(a, b),
      shut: (node, port) => events.becameBlocked(node, port),
      open: (node, port) => {
        events.becameOpen(node, port);
        this.#lookAgain(node, port);
      },
    });
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
    for (const end of ends) this.#loops.forget(end);
  }

  /** Sends a frame out of each of these ports, in one go; two where there may be hosts. */
  probe(node: SwitchNode, ports: Iterable<NodePort>): void {
    const now = this.#clock.monotonicMs();
    const frames = [...ports].flatMap((port) => {
      if (!isProbed(port) || port.role === 'down' || port.role === 'steered') return [];
      port.probedMs = now;
      return this.#frames(node, port);
    });
    node.send(...frames);
  }

  /** Something has come in by one port that should have by another: are they joined outside? */
  suspect(ends: readonly LinkEnd[]): void {
    const before = this.#clock.monotonicMs() - DISCOVERY.suspectMs;
    for (const { node, port } of ends) {
      const found = node.ports.get(port);
      if (found?.role === 'edge' && found.probedMs <= before) this.probe(node, [found]);
    }
  }

  /** The port is down or gone. */
  portLost(node: SwitchNode, port: number): void {
    const end = { node, port };
    const other = node.links.get(port);
    this.#lost(this.links.forget(end), other === undefined ? [] : [other]);
    this.#loops.forget(end);
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

  /** A frame of LLDP, whoever has sent it. */
  receive(node: SwitchNode, port: NodePort, frame: Buffer): void {
    // It came in before the switch told that the port is down.
    if (port.role === 'down') return;
    const sent = this.#senderOf(readLldp(frame, this.#key));
    if (sent === undefined) return;
    const { node: sender, port: senderPort, round } = sent;
    if (sender === node && senderPort === port) return;
    const from = { node: sender, port: senderPort.number };
    const to = { node, port: port.number };
    const isNews = !node.links.has(port.number);
    const changes = this.links.hear(from, to, round);
    this.#makeLink(node, port);
    this.#makeLink(sender, senderPort);
    // The other direction need not wait for the next round.
    if (isNews && !node.links.has(port.number)) this.probe(node, [port]);
    if (changes.length > 0) this.#changed(changes);
  }

  /** False for a frame that is none of ours. */
  receiveLoop(node: SwitchNode, port: NodePort, frame: Buffer): boolean {
    const probe = readLoopFrame(frame, this.#key);
    const sent = this.#senderOf(probe);
    if (sent === undefined) return probe !== undefined;
    const mayLoop = ({ role }: NodePort) =>
      role === 'edge' || role === 'probing' || role === 'blocked';
    if (sent.port !== port && mayLoop(port) && mayLoop(sent.port)) {
      const from = { node: sent.node, port: sent.port.number };
      this.#loops.hear(from, { node, port: port.number }, sent.round);
    }
    return true;
  }

  /** Where the frame was sent, if it is one of ours, and not too old, from a port that is up. */
  #senderOf(probe: Probe | 'forged' | undefined) {
    if (probe === undefined) return undefined;
    if (probe === 'forged' || probe.round < this.#round - MISSED_ROUNDS) {
      this.forged += 1;
      return undefined;
    }
    const node = this.#nodes.get(probe.dpid);
    const port = node?.ports.get(probe.port);
    if (node === undefined || port === undefined || port.role === 'down') return undefined;
    return { node, port, round: this.#round };
  }

  #changed(changes: readonly LinkChange[]): void {
    this.#events.changed(changes);
    this.#loops.review();
  }

  #makeLink(node: SwitchNode, port: NodePort): void {
    port.presumedUntilMs = 0;
    if (port.role === 'link' || port.role === 'steered') return;
    if (port.role === 'blocked') this.#events.becameOpen(node, port);
    node.setRole(port, 'link');
    this.#loops.forget({ node, port: port.number });
    this.#events.becameLink(node, port);
  }

  #lost(changes: readonly LinkChange[], others: readonly LinkEnd[]): void {
    if (changes.length > 0) this.#changed(changes);
    this.#reconsider([...others, ...changes.flatMap(({ from, to }) => [from, to])]);
  }

  /** A port that is no link any more is looked at as if it had just come up. */
  #reconsider(ends: readonly LinkEnd[]): void {
    for (const end of ends) {
      const port = end.node.ports.get(end.port);
      if (port?.role === 'link' && !this.links.touches(end)) this.#lookAgain(end.node, port);
    }
  }

  #lookAgain(node: SwitchNode, port: NodePort): void {
    this.probe(node, [port]);
    this.#clock.after(DISCOVERY.settleMs, () => this.settle(node, [port]));
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
    this.#loops.expire(this.#round - MISSED_ROUNDS);
    for (const node of this.#nodes.values()) this.settle(node, presumed(node));
    this.#round += 1;
    this.#roundEndsMs = now + roundMs;
    this.#cursor = ports;
  }

  #frames(node: SwitchNode, { number, hwAddr, role }: NodePort): PacketOut[] {
    const probe = { dpid: node.dpid, port: number, round: this.#round };
    const ttlSeconds = Math.ceil((MISSED_ROUNDS * DISCOVERY.intervalMs) / 1000);
    const send = (frame: Buffer) => sendFrame(portNumber.controller, [output(number)], frame);
    const forLinks = send(lldpFrame(probe, hwAddr, ttlSeconds, this.#key));
    return role === 'link' ? [forLinks] : [forLinks, send(loopFrame(probe, hwAddr, this.#key))];
  }
}

function presumed(node: SwitchNode): NodePort[] {
  return [...node.ports.values()].filter(({ role }) => role === 'link');
}
