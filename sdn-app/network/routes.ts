/**
 * The ways to stations as the switches have them: flows of the `forward` table. Kept for every
 * switch, so that a change of the network sends what differs and nothing else.
 */
import type { SwitchNode } from './node.js';
import { routeFlow, without } from './flows.js';
import { MacMap } from './mac-map.js';
import type { Paths } from './paths.js';
import type { Station } from './stations.js';

interface Route {
  port: number;
  /**
   * Found in the switch when it connected and not yet confirmed by a path: the links that it uses
   * may only not have been discovered.
   */
  isAdopted: boolean;
}

export class RouteTable {
  readonly #paths: Paths<SwitchNode>;
  /** How often a route was removed: what was known to exist before may be gone. */
  removals = 0;
  readonly #byMac = new MacMap<Map<SwitchNode, Route>>();

  constructor(paths: Paths<SwitchNode>) {
    this.#paths = paths;
  }

  get(node: SwitchNode, mac: number): number | undefined {
    return this.#byMac.get(mac)?.get(node)?.port;
  }

  /** Whether frames get from one switch to the other by links. */
  isJoined(a: SwitchNode, b: SwitchNode): boolean {
    return this.#paths.to(b).has(a);
  }

  /** Every switch on the path from `from` gets its flow, the far end first. False without a path. */
  lead(from: SwitchNode, station: Station): boolean {
    const path = this.#paths.between(from, station.node);
    if (path === undefined) return false;
    const routes = this.#of(station.mac);
    for (const node of path.reverse()) {
      const port = this.#portAt(node, station);
      if (port !== undefined && routes.get(node)?.port !== port)
        this.#set(routes, node, port, station);
    }
    return true;
  }

  /** Once more, also when the switch should have it: it has just said that it does not. */
  repeat(node: SwitchNode, station: Station): void {
    const port = this.#portAt(node, station);
    if (port !== undefined) this.#set(this.#of(station.mac), node, port, station);
  }

  /**
   * All routes to a station follow its place and the network as they are now, nearest first, so
   * that no frame can go round in a circle on the way.
   */
  update(station: Station): void {
    const routes = this.#byMac.get(station.mac);
    if (routes === undefined) return;
    const hops = this.#paths.to(station.node);
    const far = Number.MAX_SAFE_INTEGER;
    const distance = (node: SwitchNode): number => hops.get(node)?.hops ?? far;
    const nodes = [...routes.keys()].sort((a, b) => distance(a) - distance(b));
    for (const node of nodes) {
      const route = routes.get(node);
      const port = this.#portAt(node, station);
      if (route === undefined) continue;
      if (port === undefined) {
        if (!route.isAdopted) this.#delete(routes, node, station.mac);
      } else if (port !== route.port) {
        this.#set(routes, node, port, station);
      } else {
        route.isAdopted = false;
      }
    }
    // What a new path leads through needs its flow too.
    for (const node of nodes) if (routes.has(node)) this.lead(node, station);
  }

  /** A flow that the switch was found to have. */
  adopt(node: SwitchNode, mac: number, port: number): void {
    this.#of(mac).set(node, { port, isAdopted: true });
  }

  /** The switch has none any more; what it may have got meanwhile goes too. */
  expired(node: SwitchNode, mac: number): void {
    const routes = this.#byMac.get(mac);
    if (routes?.has(node) === true) this.#delete(routes, node, mac);
  }

  removeStation(mac: number): void {
    const routes = this.#byMac.get(mac);
    if (routes === undefined) return;
    for (const node of [...routes.keys()]) this.#delete(routes, node, mac);
  }

  /** Routes that nobody answers for and that leave by this port. */
  removeAdopted(node: SwitchNode, port: number): void {
    for (const [mac, routes] of this.#byMac.entries()) {
      const route = routes.get(node);
      if (route?.isAdopted === true && route.port === port) this.#delete(routes, node, mac);
    }
  }

  /** The switch is gone, with all that it had. */
  forgetNode(node: SwitchNode): void {
    for (const [mac, routes] of this.#byMac.entries()) {
      if (routes.delete(node)) this.removals += 1;
      if (routes.size === 0) this.#byMac.delete(mac);
    }
  }

  /** What this switch should have. */
  at(node: SwitchNode): { mac: number; port: number }[] {
    return this.#byMac.entries().flatMap(([mac, routes]) => {
      const route = routes.get(node);
      return route === undefined ? [] : [{ mac, port: route.port }];
    });
  }

  #portAt(node: SwitchNode, station: Station): number | undefined {
    return node === station.node ? station.port : this.#paths.to(station.node).get(node)?.port;
  }

  #of(mac: number): Map<SwitchNode, Route> {
    let routes = this.#byMac.get(mac);
    if (routes === undefined) this.#byMac.set(mac, (routes = new Map<SwitchNode, Route>()));
    return routes;
  }

  #set(routes: Map<SwitchNode, Route>, node: SwitchNode, port: number, { mac }: Station): void {
    routes.set(node, { port, isAdopted: false });
    node.send(routeFlow(node.tables, mac, port));
  }

  #delete(routes: Map<SwitchNode, Route>, node: SwitchNode, mac: number): void {
    const route = routes.get(node);
    if (route === undefined) return;
    this.removals += 1;
    routes.delete(node);
    if (routes.size === 0) this.#byMac.delete(mac);
    node.send(without(routeFlow(node.tables, mac, route.port)));
  }
}
