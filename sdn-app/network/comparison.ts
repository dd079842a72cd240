/**
 * Compares what a switch has with what it should have, whenever it connects, and sends only the
 * difference; what an earlier controller left there and still holds is taken over.
 */
import type { Clock } from '../clock.js';
import type { FlowStats } from '../openflow/index.js';
import { DISCOVERY } from './discovery.js';
import { baseFlows, blockFlow, linkFlow, routeFlow, stationFlow, without } from './flows.js';
import type { Forwarding } from './forwarding.js';
import { readFlows, type Found } from './found.js';
import type { Learning } from './learning.js';
import type { NodeSession, SwitchNode } from './node.js';
import type { RouteTable } from './routes.js';

/** Between comparisons of a switch that did not take what it was sent. */
const COMPARE_MS = 2000;

/** A session, as the network needs it. */
export interface NetworkSession extends NodeSession {
  readonly dpid: bigint;
  barrier(): Promise<void>;
  /** Every flow of the network that the switch has. */
  networkFlows(): Promise<readonly FlowStats[]>;
}

export class Comparison {
  readonly #clock: Clock;
  readonly #routes: RouteTable;
  readonly #learning: Learning;
  readonly #forwarding: Forwarding;

  constructor(clock: Clock, routes: RouteTable, learning: Learning, forwarding: Forwarding) {
    this.#clock = clock;
    this.#routes = routes;
    this.#learning = learning;
    this.#forwarding = forwarding;
  }

  /** From now on, what the switch does not take is found out and sent later. */
  watch(node: SwitchNode, session: NetworkSession): void {
    node.onBehind = () => this.#later(node, session);
  }

  async run(node: SwitchNode, session: NetworkSession): Promise<void> {
    // A switch that does not list its flows is taken for empty: what it has too much ages.
    const flows = await session.networkFlows().catch(() => []);
    if (node.session !== session) return;
    const found = readFlows(flows, node.tables);
    node.send(...found.strange);
    this.#compareLinks(node, found);
    this.#compareStations(node, found);
    this.#compareRoutes(node, found);
  }

  #later(node: SwitchNode, session: NetworkSession): void {
    node.onBehind = () => undefined;
    this.#clock.after(COMPARE_MS, () => {
      if (node.session !== session) return;
      this.watch(node, session);
      node.send(...baseFlows(node.tables));
      void this.run(node, session);
    });
  }

  #compareLinks(node: SwitchNode, found: Found): void {
    for (const number of found.links) {
      const port = node.ports.get(number);
      if (port?.role === 'probing') {
        port.presumedUntilMs = this.#clock.monotonicMs() + DISCOVERY.presumedMs;
        node.setRole(port, 'link');
        this.#forwarding.release(node, port);
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
    const { stations } = this.#learning;
    const has = new Set<number>();
    for (const { port, mac } of found.stations) {
      const station = stations.get(mac);
      const role = node.ports.get(port)?.role;
      if (station?.node === node && station.port === port) {
        has.add(mac);
      } else if (station === undefined && (role === 'edge' || role === 'probing')) {
        this.#learning.place(node, port, mac);
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
      const station = this.#learning.stations.get(mac);
      if (station !== undefined) this.#routes.update(station);
    }
  }
}
