/**
 * Switches in memory that run their flow tables, joined by wires and to the network under test. All
 * that is under way stands in queues, one for each direction of a wire or connection, and chance
 * says which moves next: what depends on an order fails.
 */
import {
  decode,
  Encoded,
  flowRemoved,
  noBuffer,
  port as portNumber,
  type Action,
  type FlowMod,
  type FlowStats,
  type Message,
  type Outgoing,
  type PacketIn,
  type Port,
} from '../../../sdn-app/openflow/index.js';
import { EventLog } from '../../../sdn-app/events.js';
import { Network, type NetworkSession } from '../../../sdn-app/network/index.js';
import { matches } from './fabric-match.js';
import { FakeClock } from '../migration/world/fake-clock.js';

/** More moves than any network of these tests needs: something goes round in a circle. */
const STORM = 100_000;
export const HOST_PORT = 100;
const BRIDGE_PORT = 200;
const FRAME_BYTES = 60;

export interface Host {
  mac: number;
  node: FakeSwitch;
  port: number;
  /** Ids of the frames that it got. */
  heard: number[];
}

export class FakeSwitch implements NetworkSession {
  readonly dpid: bigint;
  readonly #fabric: Fabric;
  readonly peers = new Map<number, () => { node: FakeSwitch; port: number }>();
  flows: FlowMod[] = [];
  ports: Port[] = [];
  hear: (packet: PacketIn) => void = () => undefined;

  constructor(fabric: Fabric, dpid: bigint) {
    this.#fabric = fabric;
    this.dpid = dpid;
  }

  post(messages: readonly Outgoing[]): void {
    for (const message of messages) {
      const sent = message instanceof Encoded ? decode(message.frame) : message;
      this.#later('to', () => this.#apply(sent));
    }
  }

  barrier(): Promise<void> {
    return this.#ask(() => undefined);
  }

  networkFlows(): Promise<readonly FlowStats[]> {
    return this.#ask(() =>
      this.flows.map((flow) => ({
        ...flow,
        ...{ durationSec: 0, durationNsec: 0, packetCount: 0n, byteCount: 0n },
      })),
    );
  }

  receive(inPort: number, frame: Buffer): void {
    this.#table(0, inPort, frame);
  }

  /** All that can go for want of packets does, and the controller is told. */
  expireFlows(): void {
    for (const flow of this.flows.filter(({ idleTimeout }) => idleTimeout > 0)) {
      this.flows = this.flows.filter((each) => each !== flow);
      const { cookie, priority, tableId, match } = flow;
      const { network } = this.#fabric;
      this.#later('from', () =>
        network.flowRemoved(
          this,
          flowRemoved({ cookie, priority, tableId, match, reason: 'idleTimeout' }),
        ),
      );
    }
  }

  #ask<T>(answer: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#later('to', () => {
        const value = answer();
        this.#later('from', () => resolve(value));
      });
    });
  }

  #later(direction: 'to' | 'from', action: () => void): void {
    this.#fabric.later(`${direction} ${this.dpid}`, action);
  }

  #apply(message: Message): void {
    if (message.type === 'packetOut') this.#act(message.actions, message.inPort, message.data);
    if (message.type !== 'flowMod') return;
    const same = (flow: FlowMod): boolean =>
      flow.tableId === message.tableId &&
      flow.priority === message.priority &&
      JSON.stringify(flow.match) === JSON.stringify(message.match);
    this.flows = this.flows.filter((flow) => !same(flow));
    if (message.command === 'add') this.flows.push(message);
  }

  #table(tableId: number, inPort: number, frame: Buffer): void {
    const [flow] = this.flows
      .filter((each) => each.tableId === tableId && matches(each.match, inPort, frame))
      .sort((a, b) => b.priority - a.priority);
    for (const instruction of flow?.instructions ?? []) {
      if (instruction.type === 'gotoTable') this.#table(instruction.tableId, inPort, frame);
      if (instruction.type === 'applyActions') this.#act(instruction.actions, inPort, frame, flow);
    }
  }

  #act(actions: readonly Action[], inPort: number, frame: Buffer, flow?: FlowMod): void {
    for (const action of actions) {
      if (action.type !== 'output' || action.port === inPort) continue;
      if (action.port === portNumber.controller) this.#tell(inPort, frame, flow);
      else this.#fabric.output(this, action.port, frame);
    }
  }

  #tell(inPort: number, data: Buffer, flow: FlowMod | undefined): void {
    const packet: PacketIn = {
      ...{ type: 'packetIn', xid: 0, bufferId: noBuffer, totalLength: data.length, data },
      reason: flow?.priority === 0 ? 'noMatch' : 'action',
      tableId: flow?.tableId ?? 0,
      cookie: flow?.cookie ?? 0n,
      match: [{ field: 'inPort', value: inPort }],
    };
    this.#later('from', () => this.hear(packet));
  }
}

/** Somebody else's bridge: it knows nobody, and hands on all but what bridges keep. */
interface Bridge {
  ends: { node: FakeSwitch; port: number }[];
  host: Host;
}

export class Fabric {
  readonly clock = new FakeClock();
  readonly events = new EventLog(this.clock);
  readonly switches: FakeSwitch[];
  readonly hosts: Host[] = [];
  network = this.#newNetwork();
  /** Discovery frames that reached hosts, the first ones. */
  readonly caught: { node: FakeSwitch; frame: Buffer }[] = [];
  readonly #queues = new Map<string, (() => void)[]>();
  readonly #dead = new Set<string>();
  readonly #bridges: Bridge[] = [];
  #chance: number;
  #frames = 0;

  constructor(size: number, edges: readonly (readonly [number, number])[], chance = 1) {
    this.#chance = chance;
    this.switches = Array.from(
      { length: size },
      (_, index) => new FakeSwitch(this, BigInt(index + 1)),
    );
    edges.forEach(([a, b], index) =>
      this.#wire([this.#at(a), 2 * index + 1], [this.#at(b), 2 * index + 2]),
    );
    this.switches.forEach((node, index) => {
      node.ports.push(describePort(HOST_PORT));
      this.hosts.push({ mac: 0x0200_0000_0001 + index, node, port: HOST_PORT, heard: [] });
    });
  }

  connect(node: FakeSwitch): void {
    const { forwarding } = this.network;
    const known = this.network.connected(node);
    node.hear = (packet) => forwarding.packetIn(known, packet);
  }

  async connectAll(): Promise<void> {
    for (const node of this.switches) this.connect(node);
    await this.settle();
  }

  /** The controller has died and another one has started. */
  restartController(): void {
    this.network.close();
    for (const node of this.switches) node.hear = () => undefined;
    for (const name of [...this.#queues.keys()])
      if (/^(to|from) /.test(name)) this.#queues.delete(name);
    this.network = this.#newNetwork();
  }

  /** What leaves by this port is lost, and nobody says so. */
  cut(node: FakeSwitch, port: number): void {
    this.#dead.add(`${node.dpid}/${port}`);
  }

  /** Both ends of an edge, by its place in the list. */
  async setEdge(index: number, up: boolean): Promise<void> {
    for (const node of this.switches) {
      for (const port of node.ports) {
        if (port.portNo !== 2 * index + 1 && port.portNo !== 2 * index + 2) continue;
        port.state = up ? ['live'] : ['linkDown'];
        if (up) this.#dead.delete(`${node.dpid}/${port.portNo}`);
        else this.#dead.add(`${node.dpid}/${port.portNo}`);
        this.network.portStatus(node, {
          type: 'portStatus',
          xid: 0,
          reason: 'modify',
          port: { ...port },
        });
      }
    }
    await this.settle();
  }

  /** To a port of its own on another switch. */
  async move(host: Host, node: FakeSwitch): Promise<void> {
    host.node = node;
    host.port = HOST_PORT + 1;
    const port = describePort(host.port);
    node.ports.push(port);
    this.network.portStatus(node, { type: 'portStatus', xid: 0, reason: 'add', port });
    await this.settle();
  }

  /** Sends a frame to `to` (broadcast: undefined) and answers who has got it, once all is quiet. */
  async send(from: Host, to: Host | undefined): Promise<Host[]> {
    this.#frames += 1;
    const id = this.#frames;
    const frame = Buffer.alloc(FRAME_BYTES);
    frame.writeUIntBE(to?.mac ?? 0xffff_ffff_ffff, 0, 6);
    frame.writeUIntBE(from.mac, 6, 6);
    frame.writeUInt16BE(0x88b6, 12);
    frame.writeUInt32BE(id, 14);
    const bridge = this.#bridges.find(({ host }) => host === from);
    if (bridge === undefined) {
      this.later(`host ${from.mac}`, () => from.node.receive(from.port, frame));
    } else {
      this.#sendByBridge(bridge, frame);
    }
    await this.drain();
    return this.hosts.flatMap((host) => host.heard.filter((each) => each === id).map(() => host));
  }

  /** A bridge with a host of its own and a new port at each of these switches. */
  bridge(nodes: readonly FakeSwitch[]): Bridge {
    const ends = nodes.map((node) => {
      const port = describePort(BRIDGE_PORT + node.ports.length);
      node.ports.push(port);
      this.network.portStatus(node, { type: 'portStatus', xid: 0, reason: 'add', port });
      return { node, port: port.portNo };
    });
    const [first] = ends;
    if (first === undefined) throw new Error('no switches');
    const made = { ends, host: { mac: 0x0200_0000_0100, ...first, heard: [] } };
    this.hosts.push(made.host);
    this.#bridges.push(made);
    return made;
  }

  /** Bridges become one, by a cable between them. */
  join(bridges: readonly Bridge[]): Bridge {
    const [first] = bridges;
    if (first === undefined) throw new Error('no bridges');
    first.ends = bridges.flatMap(({ ends }) => ends);
    for (const { ends, host } of bridges.slice(1)) {
      ends.length = 0;
      this.hosts.splice(this.hosts.indexOf(host), 1);
    }
    return first;
  }

  /** Takes the bridge out of this port. */
  unplug(bridge: Bridge, node: FakeSwitch): void {
    bridge.ends = bridge.ends.filter((end) => end.node !== node);
  }

  /** What the host behind a bridge sends, which all its ends get. */
  #sendByBridge({ ends }: Bridge, frame: Buffer): void {
    for (const { node, port } of ends) {
      this.later(`bridge ${node.dpid}/${port}`, () => node.receive(port, frame));
    }
  }

  output(node: FakeSwitch, port: number, frame: Buffer): void {
    if (this.#dead.has(`${node.dpid}/${port}`)) return;
    for (const { ends, host } of this.#bridges) {
      if (!ends.some((end) => end.node === node && end.port === port)) continue;
      if (frame.readUIntBE(0, 5) === 0x0180_c200_00) return;
      const others = ends.filter((end) => end.node !== node || end.port !== port);
      for (const other of others) {
        this.later(`bridge ${node.dpid}/${port}`, () => other.node.receive(other.port, frame));
      }
      const to = frame.readUIntBE(0, 6);
      const isForHost = to === host.mac || to === 0xffff_ffff_ffff;
      if (frame.readUInt16BE(12) === 0x88b6 && isForHost) host.heard.push(frame.readUInt32BE(14));
      return;
    }
    const peer = node.peers.get(port);
    this.later(`wire ${node.dpid}/${port}`, () => {
      if (peer !== undefined) {
        const { node: other, port: inPort } = peer();
        other.receive(inPort, frame);
      } else if (frame.readUInt16BE(12) === 0x88cc) {
        if (this.caught.length < 100) this.caught.push({ node, frame });
      } else if (frame.readUInt16BE(12) === 0x88b6) {
        const host = this.hosts.find((each) => each.node === node && each.port === port);
        host?.heard.push(frame.readUInt32BE(14));
      }
    });
  }

  later(queue: string, action: () => void): void {
    const waiting = this.#queues.get(queue);
    if (waiting === undefined) this.#queues.set(queue, [action]);
    else waiting.push(action);
  }

  /** Until nothing is under way. Throws when that does not happen. */
  async drain(): Promise<void> {
    let moves = 0;
    for (;;) {
      const names = [...this.#queues.keys()];
      if (names.length === 0) {
        await new Promise(setImmediate);
        if (this.#queues.size === 0) return;
        continue;
      }
      moves += 1;
      if (moves > STORM) throw new Error('a storm');
      // Park and Miller's generator.
      this.#chance = (this.#chance * 48_271) % 0x7fff_ffff;
      const name = names[this.#chance % names.length] ?? '';
      const waiting = this.#queues.get(name) ?? [];
      const action = waiting.shift();
      if (waiting.length === 0) this.#queues.delete(name);
      action?.();
    }
  }

  /** Time for discovery to find out what has changed. */
  async settle(ms = 1000): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      await this.drain();
      await this.clock.run(50);
    }
    await this.drain();
  }

  #newNetwork(): Network {
    return new Network(this.clock, this.events, (dpid) => ({
      name: `s${dpid}`,
      tables: { learn: 0, forward: 1 },
      isSteered: () => false,
    }));
  }

  #at(index: number): FakeSwitch {
    const found = this.switches[index];
    if (found === undefined) throw new Error(`no switch ${index}`);
    return found;
  }

  #wire([a, portA]: [FakeSwitch, number], [b, portB]: [FakeSwitch, number]): void {
    a.ports.push(describePort(portA));
    b.ports.push(describePort(portB));
    a.peers.set(portA, () => ({ node: b, port: portB }));
    b.peers.set(portB, () => ({ node: a, port: portA }));
  }
}

export function describePort(portNo: number, name = `eth${portNo}`): Port {
  return {
    ...{ portNo, name, hwAddr: '02:bb:00:00:00:01', config: [], state: ['live'] },
    ...{ curr: 0, advertised: 0, supported: 0, peer: 0, currSpeed: 0, maxSpeed: 0 },
  };
}
