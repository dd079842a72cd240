/** From what hosts, standbys and switches tell to faults of serving instances. */
import type { HostEvent } from '../../hosts/port.js';
import type { Fault } from '../fault.js';
import type { RecoveryPorts } from '../ports.js';
import { Absence, ABSENCE_MS } from './absence.js';
import { AgentWatch } from './agent-watch.js';
import { Suspicion } from './suspicion.js';

/** A VNF that is watched. */
export interface Watched {
  silenceMs: number;
  stallMs: number;
  /** The instance that hears the serving one all the time, if there is one now. */
  observer: () => { host: string; instance: string } | undefined;
  /** There is something to come back from. */
  ready: () => boolean;
}

/** Of a host whose instance nobody else hears: longer than any machine stalls. */
const LONE_SILENCE_MS = 1500;

type DetectorPorts = Pick<RecoveryPorts, 'hosts' | 'steering' | 'vnfs' | 'clock'>;

export class Detector {
  readonly #ports: DetectorPorts;
  readonly #watched: ReadonlyMap<string, Watched>;
  readonly #onFault: (fault: Fault) => void;
  readonly #agents: AgentWatch;
  readonly #absence: Absence;
  readonly #suspicions = new Map<string, Suspicion>();
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
      for (const suspicion of this.#suspicions.values()) suspicion.look();
      this.#lookAtLoneHosts();
    });
    this.#absence = new Absence(ports.clock, (host) => this.#takeForLost(host));
    this.#unsubscribe = [
      ports.hosts.subscribe((event) => this.#hear(event)),
      ports.steering.subscribe(() => this.#lookAtLinks()),
    ];
  }

  /** After a change of where VNFs serve, or of their redundancy. */
  look(): void {
    const hosts = new Map<string, number>();
    for (const [vnf, { silenceMs, observer, ready }] of this.#watched) {
      const serving = this.#ports.vnfs.get(vnf);
      if (serving === undefined || !(observer() !== undefined || ready())) continue;
      hosts.set(serving.host, Math.min(silenceMs, hosts.get(serving.host) ?? Infinity));
    }
    this.#agents.watch(hosts);
    this.#lookAtLinks();
  }

  /** The VNF is being recovered, or moves. */
  forget(vnf: string): void {
    this.#suspicions.get(vnf)?.end();
    this.#suspicions.delete(vnf);
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const vnf of [...this.#suspicions.keys()]) this.forget(vnf);
    this.#agents.close();
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
        const vnf = this.#ports.vnfs.placedAs(event.host, event.instance);
        if (vnf === undefined || !this.#watched.has(vnf)) return;
        const cause = event.type === 'instanceExited' ? event.reason : 'its process ends';
        this.#tell(vnf, 'processExit', 'agent', cause, true);
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
      if (vnf !== undefined) this.#tell(vnf, 'datapathStalled', 'agent', cause, false);
      return;
    }
    if (event.type !== 'silent' && event.type !== 'heard') return;
    for (const [vnf, { observer, stallMs }] of this.#watched) {
      const found = observer();
      if (found?.host !== host || found.instance !== instance) continue;
      this.forget(vnf);
      const serving = this.#ports.vnfs.get(vnf);
      if (event.type === 'heard' || serving === undefined || this.#isHanded(vnf)) continue;
      const suspect = { vnf, host: serving.host, instance: serving.instance, stallMs };
      const suspicion = new Suspicion(
        suspect,
        event.silentMs,
        this.#ports,
        this.#agents,
        ({ type, cause, silentMs }) => {
          this.#tell(vnf, type, 'standby', cause, false, silentMs);
        },
      );
      this.#suspicions.set(vnf, suspicion);
    }
  }

  /** Only where nobody else could tell: an observer knows better whether its instance lives. */
  #takeForLost(host: string): void {
    for (const [vnf, { observer }] of this.#watched) {
      if (this.#ports.vnfs.get(vnf)?.host !== host || observer() !== undefined) continue;
      const cause = `the agent of ${host} has not come back for ${ABSENCE_MS} ms`;
      this.#tell(vnf, 'hostSilent', 'controller', cause, false, ABSENCE_MS);
    }
  }

  #lookAtLinks(): void {
    for (const vnf of this.#watched.keys()) {
      const serving = this.#ports.vnfs.get(vnf);
      if (serving === undefined || this.#isHanded(vnf)) continue;
      const [down] = this.#ports.steering.downLinks(vnf, serving.host);
      if (down === undefined) continue;
      this.#tell(vnf, 'linkDown', 'switch', `${down}, a link of ${serving.host}, is down`, false);
    }
  }

  /** An agent whose connection has closed has ended; one that is silent in spite of it is cut off. */
  #lookAtLoneHosts(): void {
    for (const [vnf, { observer, ready }] of this.#watched) {
      const serving = this.#ports.vnfs.get(vnf);
      if (serving === undefined || observer() !== undefined || this.#isHanded(vnf)) continue;
      const { host } = serving;
      const silentMs = this.#agents.silentMs(host);
      if (silentMs < LONE_SILENCE_MS || !this.#ports.hosts.connected(host) || !ready()) continue;
      const cause = `nothing was heard of ${host} for ${Math.round(silentMs)} ms`;
      this.#tell(vnf, 'hostSilent', 'controller', cause, false, silentMs);
    }
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
    type: Fault['type'],
    detectedBy: Fault['detectedBy'],
    cause: string,
    provenDead: boolean,
    silentMs: number | null = null,
  ): void {
    this.#onFault({ vnf, type, detectedBy, cause, provenDead, silentMs });
  }
}
