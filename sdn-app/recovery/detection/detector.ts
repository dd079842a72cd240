/** From what hosts, standbys and switches tell to faults of serving instances. */
import type { HostEvent } from '../../hosts/port.js';
import type { Fault, Place } from '../fault.js';
import type { Observed } from '../mechanism.js';
import type { RecoveryPorts } from '../ports.js';
import { Absence, ABSENCE_MS } from './absence.js';
import { AgentWatch } from './agent-watch.js';
import { PathWatch } from './path-watch.js';
import { Pulse } from './pulse.js';
import { Suspicion } from './suspicion.js';

/** A VNF that is watched. */
export interface Watched {
  silenceMs: number;
  stallMs: number;
  /** Who hears which of its serving instances all the time, now. */
  observers: () => readonly Observed[];
  /** There is something to come back from. */
  ready: () => boolean;
}

/** What an instance says of an interface that was set down. */
const PORT_DOWN = 'PORT_DOWN';
/** Of a host whose instance nobody else hears: longer than any machine stalls. */
const LONE_SILENCE_MS = 1500;
/** Between heartbeats it is silent for less. From then on the switch is asked for packets of it. */
const DOUBT_MS = 700;

type DetectorPorts = Pick<RecoveryPorts, 'hosts' | 'steering' | 'vnfs' | 'clock' | 'topology'>;

export class Detector {
  readonly #ports: DetectorPorts;
  readonly #watched: ReadonlyMap<string, Watched>;
  readonly #onFault: (fault: Fault) => void;
  readonly #agents: AgentWatch;
  readonly #absence: Absence;
  readonly #paths: PathWatch;
  readonly #pulse: Pulse;
  /** By the instance that is suspected. */
  readonly #suspicions = new Map<string, { vnf: string; suspicion: Suspicion }>();
  readonly #unsubscribe: (() => void)[];

  constructor(
    ports: DetectorPorts,
    watched: ReadonlyMap<string, Watched>,
    onFault: (fault: Fault) => void,
  ) {
    this.#ports = ports;
    this.#watched = watched;
    this.#onFault = onFault;
    this.#agents = new AgentWatch(ports.hosts, ports.clock, () => {
      for (const { suspicion } of this.#suspicions.values()) suspicion.look();
      this.#lookAtLoneHosts();
    });
    this.#absence = new Absence(ports.clock, (host) => this.#takeForLost(host));
    this.#pulse = new Pulse(ports);
    this.#paths = new PathWatch(ports, (vnf, link) => this.#takeForCut(vnf, link));
    this.#unsubscribe = [
      ports.hosts.subscribe((event) => this.#hear(event)),
      ports.steering.subscribe(() => this.#lookAtLinks()),
    ];
  }

  /** After a change of where VNFs serve, or of their redundancy. */
  look(): void {
    const hosts = new Map<string, number>();
    const withStandby: string[] = [];
    for (const [vnf, { silenceMs, ready }] of this.#watched) {
      if (ready()) withStandby.push(vnf);
      for (const serving of this.#servingOf(vnf)) {
        if (this.#observerOf(vnf, serving) === undefined && !ready()) continue;
        hosts.set(serving.host, Math.min(silenceMs, hosts.get(serving.host) ?? Infinity));
      }
    }
    this.#agents.watch(hosts);
    this.#paths.watch(new Set(withStandby));
    this.#lookAtLinks();
  }

  /** The VNF is being recovered, or moves. */
  forget(vnf: string): void {
    for (const [instance, each] of this.#suspicions) {
      if (each.vnf === vnf) this.#clear(instance);
    }
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const instance of [...this.#suspicions.keys()]) this.#clear(instance);
    this.#agents.close();
    this.#paths.close();
    this.#absence.close();
  }

  #hear(event: HostEvent): void {
    switch (event.type) {
      case 'connected':
        this.#absence.back(event.host);
        return;
      case 'disconnected':
        this.#absence.left(event.host);
        return;
      case 'instanceDying':
      case 'instanceExited': {
        // Also while the VNF is in somebody's hands: that is for who takes the fault to judge.
        const { host, instance } = event;
        const vnf = this.#ports.vnfs.placedAs(host, instance);
        if (vnf === undefined || !this.#watched.has(vnf)) return;
        const cause = event.type === 'instanceExited' ? event.reason : 'its process ends';
        this.#tell(vnf, { host, instance }, 'processExit', 'agent', cause, true);
        return;
      }
      case 'instanceEvent':
        this.#hearInstance(event);
        return;
      default:
        return;
    }
  }

  #hearInstance({ host, instance, event }: Extract<HostEvent, { type: 'instanceEvent' }>): void {
    if (event.type === 'stalled') {
      const vnf = this.#serves(host, instance);
      const cause = `the datapath has not moved for ${Math.round(event.stalledMs)} ms`;
      if (vnf !== undefined) {
        this.#tell(vnf, { host, instance }, 'datapathStalled', 'agent', cause, false);
      }
      return;
    }
    if (event.type === 'error' && event.code === PORT_DOWN) {
      // It hears of it before the switch, whose news of ports come behind those of packets.
      const vnf = this.#serves(host, instance);
      if (vnf !== undefined) {
        this.#tell(vnf, { host, instance }, 'linkDown', 'agent', event.message, false);
      }
      return;
    }
    // A standby hears its source, a replica the instance whose work it keeps.
    const what = event.type === 'replica' ? event.what : event.type;
    if ((what !== 'silent' && what !== 'heard') || !('silentMs' in event)) return;
    for (const [vnf, { observers, stallMs }] of this.#watched) {
      const found = observers().find(
        ({ observer }) => observer.host === host && observer.instance === instance,
      );
      if (found === undefined) continue;
      const { serving } = found;
      this.#clear(serving.instance);
      const isServing = this.#servingOf(vnf).some((each) => each.instance === serving.instance);
      if (what === 'heard' || !isServing || this.#isHanded(vnf)) continue;
      const suspicion = new Suspicion(
        { ...serving, stallMs },
        event.silentMs,
        this.#ports,
        this.#agents,
        ({ type, cause, silentMs }) => {
          this.#tell(vnf, serving, type, 'standby', cause, false, silentMs);
        },
      );
      this.#suspicions.set(serving.instance, { vnf, suspicion });
    }
  }

  #clear(instance: string): void {
    this.#suspicions.get(instance)?.suspicion.end();
    this.#suspicions.delete(instance);
  }

  /** All that serve the VNF, each once. */
  #servingOf(vnf: string): Place[] {
    const found = this.#ports.vnfs.get(vnf);
    if (found === undefined) return [];
    const all = [found, ...found.parts].map(({ host, instance }) => ({ host, instance }));
    return [...new Map(all.map((each) => [each.instance, each])).values()];
  }

  #observerOf(vnf: string, { instance }: Place): Place | undefined {
    const observers = this.#watched.get(vnf)?.observers() ?? [];
    return observers.find(({ serving }) => serving.instance === instance)?.observer;
  }

  /** Only where nobody else could tell: an observer knows better whether its instance lives. */
  #takeForLost(host: string): void {
    if (this.#beats(host)) {
      // What serves there goes on: it is looked at again.
      this.#absence.left(host);
      return;
    }
    for (const vnf of this.#watched.keys()) {
      for (const serving of this.#servingOf(vnf)) {
        if (serving.host !== host || this.#observerOf(vnf, serving) !== undefined) continue;
        const cause = `the agent of ${host} has not come back for ${ABSENCE_MS} ms`;
        this.#tell(vnf, serving, 'hostSilent', 'controller', cause, false, ABSENCE_MS);
      }
    }
  }

  #takeForCut(vnf: string, link: string): void {
    const [serving] = this.#servingOf(vnf);
    if (serving === undefined || this.#isHanded(vnf)) return;
    if (this.#watched.get(vnf)?.ready() !== true) return;
    const cause = `what it sends by ${link} does not arrive at the switch`;
    this.#tell(vnf, serving, 'linkSilent', 'controller', cause, false);
  }

  #lookAtLinks(): void {
    for (const vnf of this.#watched.keys()) {
      for (const serving of this.#servingOf(vnf)) {
        if (this.#isHanded(vnf)) break;
        const { host } = serving;
        const [down] = this.#ports.steering.downLinks(vnf, host);
        if (down === undefined) continue;
        const cause = `${down}, a link of ${host}, is down`;
        this.#tell(vnf, serving, 'linkDown', 'switch', cause, false);
      }
    }
  }

  /** An agent whose connection has closed has ended; one that is silent in spite of it is cut off. */
  #lookAtLoneHosts(): void {
    for (const [vnf, { ready }] of this.#watched) {
      for (const serving of this.#servingOf(vnf)) {
        if (this.#observerOf(vnf, serving) !== undefined || this.#isHanded(vnf)) continue;
        const { host } = serving;
        const silentMs = this.#agents.silentMs(host);
        if (silentMs < DOUBT_MS || !ready() || this.#beats(host)) continue;
        if (silentMs < LONE_SILENCE_MS || !this.#ports.hosts.connected(host)) continue;
        const cause = `nothing was heard of ${host} for ${Math.round(silentMs)} ms`;
        this.#tell(vnf, serving, 'hostSilent', 'controller', cause, false, silentMs);
      }
    }
  }

  /** Packets of a VNF that serves there arrive at the switch. */
  #beats(host: string): boolean {
    const served = [...this.#watched.keys()].filter((vnf) => {
      return this.#servingOf(vnf).some((serving) => serving.host === host);
    });
    // All of them are asked.
    return served.map((vnf) => this.#pulse.beats(vnf, host)).includes(true);
  }

  #serves(host: string, instance: string): string | undefined {
    const vnf = this.#ports.vnfs.placedAs(host, instance);
    return vnf !== undefined && this.#watched.has(vnf) && !this.#isHanded(vnf) ? vnf : undefined;
  }

  #isHanded(vnf: string): boolean {
    return this.#ports.vnfs.isHanded(vnf);
  }

  #tell(
    vnf: string,
    serving: Place,
    type: Fault['type'],
    detectedBy: Fault['detectedBy'],
    cause: string,
    provenDead: boolean,
    silentMs: number | null = null,
  ): void {
    this.#onFault({ vnf, serving, type, detectedBy, cause, provenDead, silentMs });
  }
}
