/** Learns where stations are from the frames they send, and forgets them when they are gone. */
import type { Clock } from '../clock.js';
import type { EventLog } from '../events.js';
import { formatDpid } from '../switch/index.js';
import { arpSender } from './ethernet.js';
import { without } from './flows.js';
import type { SwitchNode } from './node.js';
import type { RouteTable } from './routes.js';
import { stationName, StationTable, type Station } from './stations.js';

/** More than that would not fit in the flow tables of common switches either. */
export const MAX_STATIONS = 131_072;

export class Learning {
  readonly stations: StationTable;
  readonly #routes: RouteTable;
  readonly #clock: Clock;
  readonly #events: EventLog;

  constructor(routes: RouteTable, clock: Clock, events: EventLog, limit = MAX_STATIONS) {
    this.stations = new StationTable(limit);
    this.#routes = routes;
    this.#clock = clock;
    this.#events = events;
  }

  /** The station that has just sent this frame; its flow is the caller's to send. */
  learn(node: SwitchNode, port: number, mac: number, frame: Buffer): Station {
    const now = this.#clock.monotonicMs();
    let station = this.stations.get(mac);
    if (station?.node === node && station.port === port) {
      station.seenMs = now;
    } else {
      station = this.place(node, port, mac);
    }
    const ipv4 = arpSender(frame);
    if (ipv4 !== undefined) station.ipv4 = ipv4;
    return station;
  }

  /** A station is here, new or moved; what led elsewhere is led here. */
  place(node: SwitchNode, port: number, mac: number): Station {
    const now = this.#clock.monotonicMs();
    let station = this.stations.get(mac);
    if (station === undefined) {
      const { surplus } = this.stations;
      if (surplus !== undefined) this.forget(surplus, 'the table of stations is full');
      station = this.stations.add(mac, node, port, now);
      this.#publish('network.hostSeen', station);
    } else {
      station.node.send(without(station.flow));
      const from = `${formatDpid(station.node.dpid)}/${station.port}`;
      this.stations.move(station, node, port, now);
      this.#publish('network.hostMoved', station, { from });
    }
    this.#routes.update(station);
    return station;
  }

  forget(station: Station, reason: string): void {
    station.node.send(without(station.flow));
    this.stations.remove(station);
    this.#routes.removeStation(station.mac);
    this.#publish('network.hostGone', station, { reason });
  }

  /** Of a port, or of the whole switch. */
  forgetAt(node: SwitchNode, port: number | undefined, reason: string): void {
    for (const station of this.stations.at(node, port)) this.forget(station, reason);
  }

  #publish(type: string, station: Station, data: Record<string, string> = {}): void {
    const { node, port } = station;
    this.#events.publish(type, stationName(station), {
      dpid: formatDpid(node.dpid),
      port,
      ...data,
    });
  }
}
