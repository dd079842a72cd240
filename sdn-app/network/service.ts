/** The network of all connected switches: ties discovery, learning and forwarding to the sessions. */
import type { Clock } from '../clock.js';
import type { EventLog } from '../events.js';
import type { FlowRemoved, Port, PortStatus } from '../openflow/index.js';
import { formatDpid, isUp } from '../switch/index.js';
import { Comparison, type NetworkSession } from './comparison.js';
import { Discovery, DISCOVERY } from './discovery.js';
import {
  baseFlows,
  blockFlow,
  COOKIE,
  isNetworkCookie,
  linkFlow,
  without,
  withoutHolds,
} from './flows.js';
import { macIn, portIn } from './found.js';
import { Forwarding } from './forwarding.js';
import { Learning } from './learning.js';
import type { LinkChange } from './links.js';
import { isProbed, SwitchNode, type NodePort, type Tables } from './node.js';
import { Paths } from './paths.js';
import { RouteTable } from './routes.js';

/** A switch whose connection is lost may forward on: it counts as gone only after so long. */
const GONE_MS = 3000;
/** What the topology says of a switch. */
export interface Declared {
  name: string;
  tables: Tables;
  /** Whether steering alone serves this port. */
  isSteered(port: Port): boolean;
}

export class Network {
  readonly discovery: Discovery;
  readonly forwarding: Forwarding;
  readonly learning: Learning;
  readonly paths = new Paths<SwitchNode>();
  readonly #routes = new RouteTable(this.paths);
  readonly #comparison: Comparison;
  readonly #clock: Clock;
  readonly #events: EventLog;
  readonly #declared: (dpid: bigint) => Declared;
  readonly #nodes = new Map<bigint, SwitchNode>();
  /** What ends the wait for a switch that has lost its connection. */
  readonly #waiting = new Map<SwitchNode, () => void>();

  constructor(clock: Clock, events: EventLog, declared: (dpid: bigint) => Declared) {
    this.#clock = clock;
    this.#events = events;
    this.#declared = declared;
    this.learning = new Learning(this.#routes, clock, events);
    this.discovery = new Discovery(clock, {
      changed: (changes) => this.#linksChanged(changes),
      becameLink: (node, port) => this.#becameLink(node, port),
      becameEdge: (node, port) => this.#becameEdge(node, port),
      becameBlocked: (node, port) => this.#becameBlocked(node, port),
      becameOpen: (node, port) => this.#becameOpen(node, port),
      isJoined: (a, b) => this.#routes.isJoined(a, b),
    });
    this.learning.onMoved = (ends) => this.discovery.suspect(ends);
    this.forwarding = new Forwarding(this.paths, this.#routes, this.learning, this.discovery);
    this.#comparison = new Comparison(clock, this.#routes, this.learning, this.forwarding);
  }

  get nodes(): readonly SwitchNode[] {
    return [...this.#nodes.values()];
  }

  close(): void {
    this.discovery.close();
    for (const cancel of this.#waiting.values()) cancel();
    for (const node of this.#nodes.values()) node.attach(undefined);
  }

  /** Returns the switch's node, for its packet-ins. */
  connected(session: NetworkSession): SwitchNode {
    const { dpid } = session;
    let node = this.#nodes.get(dpid);
    if (node === undefined) {
      const { name, tables } = this.#declared(dpid);
      node = new SwitchNode(dpid, name, tables);
      this.#nodes.set(dpid, node);
      this.discovery.add(node);
    }
    this.#waiting.get(node)?.();
    this.#waiting.delete(node);
    node.attach(session);
    this.#replacePorts(node, session.ports);
    this.#comparison.watch(node, session);
    node.send(...baseFlows(node.tables));
    this.#probe(node, session, [...node.ports.values()]);
    void this.#comparison.run(node, session);
    return node;
  }

  disconnected(session: NetworkSession): void {
    const node = this.#nodes.get(session.dpid);
    if (node === undefined || node.session !== session) return;
    node.attach(undefined);
    this.#waiting.set(
      node,
      this.#clock.after(GONE_MS, () => this.#gone(node)),
    );
  }

  portStatus(session: NetworkSession, { reason, port }: PortStatus): void {
    const node = this.#nodes.get(session.dpid);
    if (node === undefined || node.session !== session) return;
    const known = node.ports.get(port.portNo);
    if (reason === 'delete' || !isUp(port)) {
      if (known !== undefined) this.#portLost(node, known);
      if (reason === 'delete') node.removePort(port.portNo);
      else if (known === undefined) this.#addPort(node, port);
      return;
    }
    if (known === undefined || known.role === 'down') {
      this.#probe(node, session, [this.#addPort(node, port)]);
    }
  }

  flowRemoved(session: NetworkSession, { cookie, match, reason }: FlowRemoved): void {
    const node = this.#nodes.get(session.dpid);
    if (node === undefined || reason === 'delete' || !isNetworkCookie(cookie)) return;
    const mac = macIn(match, cookie === COOKIE.station ? 'ethSrc' : 'ethDst');
    if (mac === undefined) return;
    if (cookie === COOKIE.route) {
      this.#routes.expired(node, mac);
      return;
    }
    const station = this.learning.stations.get(mac);
    if (station?.node === node && station.port === portIn(match)) {
      this.learning.forget(station, 'silent');
    }
  }

  #replacePorts(node: SwitchNode, ports: readonly Port[]): void {
    for (const known of [...node.ports.values()]) {
      const now = ports.find(({ portNo }) => portNo === known.number);
      if (now?.name === known.name && isUp(now) === (known.role !== 'down')) continue;
      this.#portLost(node, known);
      node.removePort(known.number);
    }
    for (const port of ports) if (!node.ports.has(port.portNo)) this.#addPort(node, port);
  }

  #addPort(node: SwitchNode, port: Port): NodePort {
    const { portNo, name, hwAddr } = port;
    const steered = this.#declared(node.dpid).isSteered(port);
    const role = !isUp(port) ? 'down' : steered ? 'steered' : 'probing';
    const added: NodePort = { number: portNo, name, hwAddr, role, presumedUntilMs: 0, probedMs: 0 };
    if (role === 'probing' && !isProbed(added)) added.role = 'edge';
    node.addPort(added);
    return added;
  }

  #portLost(node: SwitchNode, port: NodePort): void {
    const wasBlocked = port.role === 'blocked';
    node.setRole(port, 'down');
    this.discovery.portLost(node, port.number);
    this.#routes.removeAdopted(node, port.number);
    this.learning.forgetAt(node, port.number, 'its port is down');
    node.send(without(linkFlow(node.tables, port.number)));
    if (wasBlocked) node.send(without(blockFlow(node.tables, port.number)));
  }

  /** The frames, and once the switch has sent them the time in which one may come back. */
  #probe(node: SwitchNode, session: NetworkSession, ports: readonly NodePort[]): void {
    this.discovery.probe(node, ports);
    const settle = () => this.#clock.after(DISCOVERY.settleMs, () => this.#settle(node, ports));
    session.barrier().then(settle, () => undefined);
  }

  #settle(node: SwitchNode, ports: readonly NodePort[]): void {
    if (this.#nodes.get(node.dpid) === node) this.discovery.settle(node, ports);
  }

  #becameLink(node: SwitchNode, port: NodePort): void {
    this.learning.forgetAt(node, port.number, 'another switch is there');
    node.send(linkFlow(node.tables, port.number));
    this.forwarding.release(node, port);
  }

  #becameEdge(node: SwitchNode, port: NodePort): void {
    node.send(without(linkFlow(node.tables, port.number)));
    this.forwarding.release(node, port);
  }

  #becameBlocked(node: SwitchNode, port: NodePort): void {
    node.send(blockFlow(node.tables, port.number));
    this.#publishPort('network.portBlocked', node, port);
    this.learning.forgetAt(node, port.number, 'another port leads there too');
    // Those that seemed to move to and fro did so because of this.
    for (const each of this.#nodes.values()) each.send(withoutHolds(each.tables));
    this.forwarding.release(node, port);
  }

  #becameOpen(node: SwitchNode, port: NodePort): void {
    node.send(without(blockFlow(node.tables, port.number)));
    this.#publishPort('network.portOpened', node, port);
  }

  #publishPort(type: string, node: SwitchNode, { number, name }: NodePort): void {
    const dpid = formatDpid(node.dpid);
    this.#events.publish(type, `${dpid}/${number}`, { dpid, port: number, portName: name });
  }

  #linksChanged(changes: readonly LinkChange[]): void {
    this.paths.clear();
    for (const { from, to, up } of changes) {
      const ends = [from, to].map(({ node, port }) => `${formatDpid(node.dpid)}/${port}`);
      this.#events.publish(up ? 'network.linkUp' : 'network.linkDown', ends.join(' '));
    }
    for (const station of this.learning.stations.all()) this.#routes.update(station);
  }

  #gone(node: SwitchNode): void {
    this.#waiting.delete(node);
    this.#nodes.delete(node.dpid);
    this.discovery.remove(node);
    this.paths.clear();
    this.learning.forgetAt(node, undefined, 'its switch is gone');
    this.#routes.forgetNode(node);
    this.forwarding.forget(node);
  }
}
