/** Which station (MAC address) is at which port of which switch. */
import { Encoded, type Action, type FlowMod } from '../openflow/index.js';
import { macText } from './ethernet.js';
import { stationFlow, without } from './flows.js';
import { MacMap } from './mac-map.js';
import { output, type SwitchNode } from './node.js';

export interface Station {
  readonly mac: number;
  node: SwitchNode;
  port: number;
  /** Lets its frames pass at `port`; kept, because it may be sent for many packets. */
  flow: Encoded<FlowMod>;
  /** Sends a frame out to it; kept for the same reason. */
  outputs: Action[];
  /** IPv4 address by its last ARP frame; 0 for none yet. For people, not for switching. */
  ipv4: number;
  /** When it was learned there. */
  sinceMs: number;
  /** How often it has moved since. */
  moves: number;
  movesSinceMs: number;
  /** The switch that was last known to have a route to it, when so many had been removed. */
  ledFrom: SwitchNode | undefined;
  ledRemovals: number;
}

export class StationTable {
  readonly #limit: number;
  readonly #byMac = new MacMap<Station>();
  /** In the order in which they were learned. */
  readonly #all = new Set<Station>();

  /** Of more than `limit` stations the one that was learned first makes room. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#all.size;
  }

  get(mac: number): Station | undefined {
    return this.#byMac.get(mac);
  }

  all(): IterableIterator<Station> {
    return this.#all.values();
  }

  at(node: SwitchNode, port?: number): Station[] {
    return [...this.#all].filter(
      (station) => station.node === node && (port === undefined || station.port === port),
    );
  }

  /** The station that must make room for another. */
  get surplus(): Station | undefined {
    if (this.#all.size < this.#limit) return undefined;
    const [oldest] = this.#all;
    return oldest;
  }

  add(mac: number, node: SwitchNode, port: number, nowMs: number): Station {
    // Written out: the engine keeps the fields of such an object together, and all are needed at once.
    const station: Station = {
      mac,
      node,
      port,
      flow: flowOf(node, port, mac),
      outputs: [output(port)],
      ledFrom: undefined,
      ledRemovals: 0,
      ipv4: 0,
      sinceMs: nowMs,
      moves: 0,
      movesSinceMs: nowMs,
    };
    this.#byMac.set(mac, station);
    this.#all.add(station);
    return station;
  }

  move(station: Station, node: SwitchNode, port: number, nowMs: number): void {
    this.#all.delete(station);
    this.#all.add(station);
    station.node = node;
    station.port = port;
    station.flow = flowOf(node, port, station.mac);
    station.outputs = [output(port)];
    station.sinceMs = nowMs;
  }

  remove(station: Station): void {
    this.#byMac.delete(station.mac);
    this.#all.delete(station);
  }
}

function flowOf(node: SwitchNode, port: number, mac: number): Encoded<FlowMod> {
  return new Encoded(stationFlow(node.tables, port, mac));
}

/** Removes its flow. */
export function withoutStation({ node, port, mac }: Station): FlowMod {
  return without(stationFlow(node.tables, port, mac));
}

export function stationName({ mac }: Station): string {
  return macText(mac);
}
