/** Learns where stations are from the frames they send, and forgets them when they are gone. */
import type { Clock } from '../clock.js';
import type { EventLog } from '../events.js';
import { formatDpid } from '../switch/index.js';
import { arpSender } from './ethernet.js';
import { HOLD_SECONDS } from './flows.js';
import type { LinkEnd } from './links.js';
import type { SwitchNode } from './node.js';
import type { RouteTable } from './routes.js';
import { stationName, StationTable, withoutStation, type Station } from './stations.js';

/** More than that would not fit in the flow tables of common switches either. */
export const MAX_STATIONS = 131_072;

/** Moves of a station within HOLD_SECONDS; then it has to stay where it is for the rest of them. */
const MAX_MOVES = 5;

export class Learning {
  readonly stations: StationTable;
  /** A station was at the one place and is now at the other. */
  onMoved: (ends: readonly LinkEnd[]) => void = () => undefined;
  readonly #routes: RouteTable;
  readonly #clock: Clock;
  readonly #events: EventLog;

  constructor(routes: RouteTable, clock: Clock, events: EventLog, limit = MAX_STATIONS) {
    this.stations = new StationTable(limit);
    this.#routes = routes;
    this.#clock = clock;
    this.#events = events;
  }

  /**
   * The station that has just sent this frame; its flow is the caller's to send. Undefined for one
   * that moves so often that it is not believed to be here.
   */
  learn(node: SwitchNode, port: number, mac: number, frame: Buffer): Station | undefined {
    let station = this.stations.get(mac);
    if (station?.node !== node || station.port !== port) {
      if (station !== undefined && this.#isRestless(station, node)) return undefined;
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
      station.node.send(withoutStation(station));
      const left = { node: station.node, port: station.port };
      this.stations.move(station, node, port, now);
      station.moves += 1;
      const from = `${formatDpid(left.node.dpid)}/${left.port}`;
      this.#publish('network.hostMoved', station, { from });
      this.onMoved([left, { node, port }]);
    }
    this.#routes.update(station);
    return station;
  }

  forget(station: Station, reason: string): void {
    station.node.send(withoutStation(station));
    this.stations.remove(station);
    this.#routes.removeStation(station.mac);
    this.#publish('network.hostGone', station, { reason });
  }

  /** Of a port, or of the whole switch. */
  forgetAt(node: SwitchNode, port: number | undefined, reason: string): void {
    for (const station of this.stations.at(node, port)) this.forget(station, reason);
  }

  #isRestless(station: Station, node: SwitchNode): boolean {
    // In networks that only somebody else's bridges join, a station is in each at once.
    if (!this.#routes.isJoined(node, station.node)) return false;
    const now = this.#clock.monotonicMs();
    if (now - station.movesSinceMs > 1000 * HOLD_SECONDS) {
      station.movesSinceMs = now;
      station.moves = 0;
    }
    if (station.moves < MAX_MOVES) return false;
    if (station.moves === MAX_MOVES) {
      station.moves += 1;
      this.#publish('network.hostFlapping', station, { heldSeconds: HOLD_SECONDS });
    }
    return true;
  }

  #publish(type: string, station: Station, data: Record<string, string | number> = {}): void {
    const { node, port } = station;
    this.#events.publish(type, stationName(station), {
      dpid: formatDpid(node.dpid),
      port,
      ...data,
    });
  }
}
