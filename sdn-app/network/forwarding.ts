/**
 * What happens to a frame that a switch could not forward by itself. To a known station: its flows
 * are put on every switch of the path, the far end first, and the frame is sent out right at its
 * port. All others (broadcasts, unknown destinations): out of every edge port of the network, by the
 * controller. Such a frame never crosses a link between switches, so that no loop of links can make
 * it go round, whatever is known of them.
 */
import { port as portNumber, type PacketIn } from '../openflow/index.js';
import type { Discovery } from './discovery.js';
import {
  destinationOf,
  ETH_TYPE,
  ethTypeOf,
  isGroup,
  isStation,
  MIN_FRAME_BYTES,
  sourceOf,
} from './ethernet.js';
import { holdFlow, isNetworkCookie, linkFlow, sendFrame } from './flows.js';
import { portIn } from './found.js';
import type { Learning } from './learning.js';
import { output, type NodePort, type SwitchNode } from './node.js';
import type { Paths } from './paths.js';
import type { RouteTable } from './routes.js';
import type { Station } from './stations.js';

/** Frames of one switch that may wait until it is known what is behind their ports. */
const MAX_HELD_FRAMES = 1024;

/** A frame that came in by the port, or one that all hosts shall get and so those behind it. */
interface HeldFrame {
  port: NodePort;
  frame: Buffer;
  way: 'in' | 'inUnlearned' | 'out';
}

export class Forwarding {
  readonly counters = { packetIns: 0, floods: 0, refused: 0, dropped: 0 };
  readonly #paths: Paths<SwitchNode>;
  readonly #routes: RouteTable;
  readonly #learning: Learning;
  readonly #discovery: Discovery;
  readonly #held = new Map<SwitchNode, HeldFrame[]>();

  constructor(
    paths: Paths<SwitchNode>,
    routes: RouteTable,
    learning: Learning,
    discovery: Discovery,
  ) {
    this.#paths = paths;
    this.#routes = routes;
    this.#learning = learning;
    this.#discovery = discovery;
  }

  packetIn(node: SwitchNode, { match, data, tableId, reason, cookie }: PacketIn): void {
    // Somebody else's flow may ask for packets too.
    if (reason !== 'noMatch' && !isNetworkCookie(cookie)) return;
    this.counters.packetIns += 1;
    const inPort = portIn(match);
    const port = inPort === undefined ? undefined : node.ports.get(inPort);
    if (port === undefined || data.length < MIN_FRAME_BYTES) {
      this.counters.dropped += 1;
    } else if (!this.#isProbe(node, port, data)) {
      this.#receive(node, port, data, tableId !== node.tables.forward);
    }
  }

  /** It has been found out what is behind the port: its frames need wait no longer. */
  release(node: SwitchNode, port: NodePort): void {
    const held = this.#held.get(node);
    if (held === undefined) return;
    const due = held.filter((each) => each.port === port);
    const rest = held.filter((each) => each.port !== port);
    if (rest.length > 0) this.#held.set(node, rest);
    else this.#held.delete(node);
    for (const { frame, way } of due) {
      if (way !== 'out') this.#receive(node, port, frame, way === 'inUnlearned');
      else if (port.role === 'edge') {
        node.send(sendFrame(portNumber.controller, [output(port.number)], frame));
      }
    }
  }

  forget(node: SwitchNode): void {
    this.#held.delete(node);
  }

  /** Whether the frame is discovery's, which has it then. */
  #isProbe(node: SwitchNode, port: NodePort, frame: Buffer): boolean {
    switch (ethTypeOf(frame)) {
      case ETH_TYPE.lldp:
        this.#discovery.receive(node, port, frame);
        return true;
      case ETH_TYPE.loop:
        return this.#discovery.receiveLoop(node, port, frame);
      default:
        return false;
    }
  }

  /** `isUnlearned`: the switch does not know the source at this port; else only not the way. */
  #receive(node: SwitchNode, port: NodePort, frame: Buffer, isUnlearned: boolean): void {
    switch (port.role) {
      case 'edge':
        this.#fromHost(node, port.number, frame, isUnlearned);
        return;
      case 'link':
        if (isUnlearned) node.send(linkFlow(node.tables, port.number));
        this.#inTransit(node, port.number, frame);
        return;
      case 'probing':
        this.#hold(node, port, frame, isUnlearned ? 'inUnlearned' : 'in');
        return;
      case 'blocked':
      case 'steered':
      case 'down':
        this.counters.dropped += 1;
    }
  }

  #fromHost(node: SwitchNode, inPort: number, frame: Buffer, isUnlearned: boolean): void {
    const source = sourceOf(frame);
    if (!isStation(source)) {
      this.counters.refused += 1;
      return;
    }
    const station = this.#learning.learn(node, inPort, source, frame);
    if (station === undefined) {
      this.counters.refused += 1;
      node.send(holdFlow(node.tables, inPort, source));
      return;
    }
    const target = this.#target(node, frame);
    if (target === undefined) {
      if (isUnlearned) node.send(station.flow);
      this.#flood(node, inPort, frame);
      return;
    }
    if (target.node === node && target.port === inPort) {
      if (isUnlearned) node.send(station.flow);
      return;
    }
    this.#lead(node, target, isUnlearned);
    if (target.node !== node) {
      if (isUnlearned) node.send(station.flow);
      target.node.send(sendFrame(portNumber.controller, target.outputs, frame));
    } else if (isUnlearned) {
      node.send(station.flow, sendFrame(inPort, target.outputs, frame));
    } else {
      node.send(sendFrame(inPort, target.outputs, frame));
    }
  }

  /** On its way from switch to switch: nothing is learned, and nobody hears it twice. */
  #inTransit(node: SwitchNode, inPort: number, frame: Buffer): void {
    if (isGroup(destinationOf(frame))) {
      this.counters.dropped += 1;
      return;
    }
    const target = this.#target(node, frame);
    if (target === undefined) {
      this.#flood(node, inPort, frame, this.#learning.stations.get(sourceOf(frame)));
      return;
    }
    this.#lead(node, target, false);
    target.node.send(sendFrame(portNumber.controller, target.outputs, frame));
  }

  /** The station that a frame is for, if it can be reached from here. */
  #target(node: SwitchNode, frame: Buffer): Station | undefined {
    const target = this.#learning.stations.get(destinationOf(frame));
    if (target === undefined || target.node === node) return target;
    return this.#paths.to(target.node).has(node) ? target : undefined;
  }

  /** A switch that has just missed the way gets it again, whatever it was sent before. */
  #lead(node: SwitchNode, target: Station, isUnlearned: boolean): void {
    const { removals } = this.#routes;
    if (isUnlearned && target.ledFrom === node && target.ledRemovals === removals) return;
    if (this.#routes.get(node, target.mac) === undefined) {
      this.#routes.lead(node, target);
      return;
    }
    if (!isUnlearned) this.#routes.repeat(node, target);
    target.ledFrom = node;
    target.ledRemovals = removals;
  }

  #flood(node: SwitchNode, inPort: number, frame: Buffer, sender?: Station): void {
    this.counters.floods += 1;
    for (const other of this.#paths.to(node).keys()) {
      const from =
        other === node ? inPort : other === sender?.node ? sender.port : portNumber.controller;
      const outputs = other.edgeOutputs;
      if (outputs.length > 0) other.send(sendFrame(from, outputs, frame));
      for (const port of other.probing) this.#hold(other, port, frame, 'out');
    }
  }

  #hold(node: SwitchNode, port: NodePort, frame: Buffer, way: HeldFrame['way']): void {
    let waiting = this.#held.get(node);
    if (waiting === undefined) this.#held.set(node, (waiting = []));
    // A copy: the frame is a view of much more that was read with it.
    if (waiting.length < MAX_HELD_FRAMES) waiting.push({ port, frame: Buffer.from(frame), way });
    else this.counters.dropped += 1;
  }
}
