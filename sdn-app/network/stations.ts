/** Which station (MAC address) is at which port of which switch. */
import { Encoded, type Action, type FlowMod } from '../openflow/index.js';
import { macText } from './ethernet.js';
import { stationFlow, without } from './flows.js';
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
  /** When it was learned there, and when the controller last saw a frame of it. */
  sinceMs: number;
  seenMs: number;
  /** How often it has moved since. */
  moves: number;
  movesSinceMs: number;
}

export class StationTable {
  readonly #limit: number;
  /** In the order in which they were learned. */
  readonly #byMac = new Map<number, Station>();

  /** Of more than `limit` stations the one that was learned first makes room. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byMac.size;
  }

  get(mac: number): Station | undefined {
    return this.#byMac.get(mac);
  }

  all(): IterableIterator<Station> {
    return this.#byMac.values();
  }

  at(node: SwitchNode, port?: number): Station[] {
    return [...this.#byMac.values()].filter(
      (station) => station.node === node && (port === undefined || station.port === port),
    );
  }

  /** The station that must make room for another. */
  get surplus(): Station | undefined {
    if (this.#byMac.size < this.#limit) return undefined;
    const [oldest] = this.#byMac.values();
    return oldest;
  }

  add(mac: number, node: SwitchNode, port: number, nowMs: number): Station {
    const place = placeAt(mac, node, port, nowMs);
    const station = { mac, ...place, ipv4: 0, moves: 0, movesSinceMs: nowMs };
    this.#byMac.set(mac, station);
    return station;
  }

  move(station: Station, node: SwitchNode, port: number, nowMs: number): void {
    this.#byMac.delete(station.mac);
    this.#byMac.set(station.mac, station);
    Object.assign(station, placeAt(station.mac, node, port, nowMs));
  }

  remove(station: Station): void {
    this.#byMac.delete(station.mac);
  }
}

function placeAt(mac: number, node: SwitchNode, port: number, nowMs: number) {
  const flow = new Encoded(stationFlow(node.tables, port, mac));
  return { node, port, flow, outputs: [output(port)], sinceMs: nowMs, seenMs: nowMs };
}

/** Removes its flow. */
export function withoutStation({ node, port, mac }: Station): FlowMod {
  return without(stationFlow(node.tables, port, mac));
}

export function stationName({ mac }: Station): string {
  return macText(mac);
}
