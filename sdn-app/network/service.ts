/**
 * The network of all connected switches: ties discovery, learning and forwarding to the sessions.
 * What a switch has is compared with what it should have whenever it connects, and only the
 * difference is sent; what an earlier controller left there and still holds is taken over.
 */
import type { Clock } from '../clock.js';
import type { EventLog } from '../events.js';
import { type FlowRemoved, type FlowStats, type Port, type PortStatus } from '../openflow/index.js';
import { formatDpid, isUp } from '../switch/index.js';
import { Discovery, DISCOVERY } from './discovery.js';
import {
  baseFlows,
  blockFlow,
  COOKIE,
  isNetworkCookie,
  linkFlow,
  routeFlow,
  stationFlow,
  without,
  withoutHolds,
} from './flows.js';
import { macIn, portIn, readFlows, type Found } from './found.js';
import { Forwarding } from './forwarding.js';
import { Learning } from './learning.js';
import type { LinkChange } from './links.js';
import { isProbed, SwitchNode, type NodePort, type NodeSession, type Tables } from './node.js';
import { Paths } from './paths.js';
import { RouteTable } from './routes.js';

/** A switch whose connection is lost may forward on: it counts as gone only after so long. */
const GONE_MS = 3000;
/** Between comparisons of a switch that did not take what it was sent. */
const COMPARE_MS = 2000;

/** A session, as the network needs it. */
export interface NetworkSession extends NodeSession {
  readonly dpid: bigint;
  barrier(): Promise<void>;
  /** Every flow of the network that the switch has. */
  networkFlows(): Promise<readonly FlowStats[]>;
}

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
    const attached = node;
    node.onBehind = () => this.#compareLater(attached, session);
    node.send(...baseFlows(node.tables));
    this.#probe(node, session, [...node.ports.values()]);
    void this.#compare(node, session);
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

  #compareLater(node: SwitchNode, session: NetworkSession): void {
    node.onBehind = () => undefined;
    this.#clock.after(COMPARE_MS, () => {
      if (node.session !== session) return;
      node.onBehind = () => this.#compareLater(node, session);
      node.send(...baseFlows(node.tables));
      void this.#compare(node, session);
    });
  }

  async #compare(node: SwitchNode, session: NetworkSession): Promise<void> {
    // A switch that does not list its flows is taken for empty: what it has too much ages.
    const flows = await session.networkFlows().catch(() => []);
    if (node.session !== session) return;
    const found = readFlows(flows, node.tables);
    node.send(...found.strange);
    this.#compareLinks(node, found);
    this.#compareStations(node, found);
    this.#compareRoutes(node, found);
  }

  #compareLinks(node: SwitchNode, found: Found): void {
    for (const number of found.links) {
      const port = node.ports.get(number);
      if (port?.role === 'probing') {
        port.presumedUntilMs = this.#clock.monotonicMs() + DISCOVERY.presumedMs;
        node.setRole(port, 'link');
        this.forwarding.release(node, port);
      } else if (port?.role !== 'link') {
        node.send(without(linkFlow(node.tables, number)));
      }
    }
    for (const { number, role } of node.ports.values()) {
      if (role === 'link' && !found.links.includes(number)) {
        node.send(linkFlow(node.tables, number));
      }
      if (role === 'blocked' && !found.blocked.includes(number)) {
        node.send(blockFlow(node.tables, number));
      }
    }
    for (const number of found.blocked) {
      // Nothing goes out of a port that is looked at anew: what comes in may.
      if (node.ports.get(number)?.role !== 'blocked') {
        node.send(without(blockFlow(node.tables, number)));
      }
    }
  }

  #compareStations(node: SwitchNode, found: Found): void {
    const { stations } = this.learning;
    const has = new Set<number>();
    for (const { port, mac } of found.stations) {
      const station = stations.get(mac);
      const role = node.ports.get(port)?.role;
      if (station?.node === node && station.port === port) {
        has.add(mac);
      } else if (station === undefined && (role === 'edge' || role === 'probing')) {
        this.learning.place(node, port, mac);
        has.add(mac);
      } else {
        const flow = stationFlow(node.tables, port, mac);
        node.send(without(flow));
      }
    }
    for (const station of stations.at(node)) if (!has.has(station.mac)) node.send(station.flow);
  }

  #compareRoutes(node: SwitchNode, found: Found): void {
    const has = new Map(found.routes.map(({ mac, port }) => [mac, port]));
    for (const { mac, port } of this.#routes.at(node)) {
      if (has.get(mac) !== port) node.send(routeFlow(node.tables, mac, port));
      has.delete(mac);
    }
    for (const [mac, port] of has) {
      this.#routes.adopt(node, mac, port);
      const station = this.learning.stations.get(mac);
      if (station !== undefined) this.#routes.update(station);
    }
  }
}
