/** The network as the northbound shows it. */
import type { Clock } from '../clock.js';
import { FerryError } from '../contract/errors.js';
import type {
  NetworkCounters,
  NetworkHost,
  NetworkLink,
  NetworkPath,
  NetworkSwitch,
} from '../contract/network.js';
import { formatIpv4, parseMac } from '../openflow/index.js';
import { formatDpid } from '../switch/index.js';
import type { LinkEnd } from './links.js';
import type { Network } from './service.js';
import { stationName, type Station } from './stations.js';

export class NetworkView {
  readonly #network: Network;
  readonly #clock: Clock;

  constructor(network: Network, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  counters(): NetworkCounters {
    const { nodes, forwarding, discovery, learning } = this.#network;
    return {
      switches: nodes.length,
      links: discovery.links.list().length,
      hosts: learning.stations.size,
      ...forwarding.counters,
      forgedLldp: discovery.forged,
      unsent: nodes.reduce((sum, { unsent }) => sum + unsent, 0),
    };
  }

  switches(): NetworkSwitch[] {
    const { nodes, learning } = this.#network;
    return nodes.map((node) => ({
      dpid: formatDpid(node.dpid),
      name: node.name,
      connected: node.session !== undefined,
      ports: [...node.ports.values()].map(({ number, name, role }) => ({
        ...{ port: number, name, role },
      })),
      hosts: learning.stations.at(node).length,
    }));
  }

  /** Each once; a one-way link from the switch that sends. */
  links(): NetworkLink[] {
    return this.#network.discovery.links.list().map(({ from, to, twoWay }) => ({
      from: place(from),
      to: place(to),
      state: twoWay ? 'up' : 'oneWay',
    }));
  }

  hosts(): NetworkHost[] {
    const now = this.#clock.monotonicMs();
    return [...this.#network.learning.stations.all()].map((station) => ({
      mac: stationName(station),
      ipv4: station.ipv4 === 0 ? null : formatIpv4(station.ipv4),
      at: place(station),
      ageMs: Math.round(now - station.sinceMs),
    }));
  }

  /** The way that frames take between two hosts. Throws NOT_FOUND. */
  path(from: string, to: string): NetworkPath {
    const source = this.#station(from, 'from');
    const target = this.#station(to, 'to');
    const nodes = this.#network.paths.between(source.node, target.node);
    if (nodes === undefined) throw new FerryError('NOT_FOUND', `no path from ${from} to ${to}`);
    const hops = this.#network.paths.to(target.node);
    let inPort = source.port;
    return {
      ...{ from, to },
      hops: nodes.map((node) => {
        const outPort = node === target.node ? target.port : (hops.get(node)?.port ?? 0);
        const hop = { dpid: formatDpid(node.dpid), switch: node.name, inPort, outPort };
        inPort = node.links.get(outPort)?.port ?? 0;
        return hop;
      }),
    };
  }

  #station(text: string, field: string): Station {
    const mac = parseMac(text);
    if (mac === undefined) {
      throw new FerryError('REQUEST_INVALID', `${text} is not a MAC address`, field);
    }
    const station = this.#network.learning.stations.get(mac);
    if (station !== undefined) return station;
    throw new FerryError('NOT_FOUND', `no host has the address ${text}`, field);
  }
}

function place({ node, port }: LinkEnd): NetworkLink['from'] {
  return {
    dpid: formatDpid(node.dpid),
    switch: node.name,
    port,
    portName: node.ports.get(port)?.name ?? '',
  };
}
