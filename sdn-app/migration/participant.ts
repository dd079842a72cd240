/** What is known of srcInst or destInst: latched from events, so that nothing is missed while busy. */
import type { InstanceEvent, InstanceStats } from '../contract/instance.js';
import type { HostEvent, HostPort } from '../hosts/port.js';

export class Participant {
  readonly role: 'srcInst' | 'destInst';
  readonly host: string;
  readonly instance: string;
  readonly #hosts: HostPort;
  readonly #now: () => number;
  /** When the agent's connection went, or undefined while it is there. */
  downSince: number | undefined;
  /** Why the process ended; the agent may have started it again, empty. */
  exited: string | undefined;
  syncLost: string | undefined;
  /** destInst that a part joins: that it serves tells nothing. */
  readonly #servedBefore: boolean;
  synchronised = false;
  /** The two have met: a lost stream is this migration's. */
  session = false;
  /** It speaks: took over (destInst), or never stopped. */
  serving: { endMissing: boolean } | undefined;
  /** destInst: no straggler can come from srcInst any more. */
  handoverClosed = false;
  stats: InstanceStats | undefined;
  /** When its statistics last showed that something moved. */
  progressAt: number;
  /** True once the agent was asked to start it, or it was there from the beginning. */
  #started: boolean;
  #progressMark = '';

  constructor(
    role: 'srcInst' | 'destInst',
    host: string,
    instance: string,
    hosts: HostPort,
    now: () => number,
    started: boolean,
    servedBefore: boolean,
  ) {
    this.#servedBefore = servedBefore;
    this.role = role;
    this.host = host;
    this.instance = instance;
    this.#hosts = hosts;
    this.#now = now;
    this.#started = started;
    this.progressAt = now();
    this.downSince = hosts.connected(host) ? undefined : now();
    this.#adopt();
  }

  get connected(): boolean {
    return this.downSince === undefined;
  }

  /** True when its agent reports it. */
  get listed(): boolean {
    return this.#hosts.instances(this.host)?.has(this.instance) ?? false;
  }

  /** Milliseconds since the agent's connection went; 0 while it is there. */
  downFor(): number {
    return this.downSince === undefined ? 0 : this.#now() - this.downSince;
  }

  idleFor(): number {
    return this.#now() - this.progressAt;
  }

  started(): void {
    this.#started = true;
  }

  /** True when the event was about this participant. */
  take(event: HostEvent): boolean {
    if (event.host !== this.host) return false;
    switch (event.type) {
      case 'connected':
        this.downSince = undefined;
        this.progressAt = this.#now();
        this.#adopt();
        return true;
      case 'disconnected':
        this.downSince = this.#now();
        return true;
      case 'instanceEvent':
        if (event.instance === this.instance) this.#takeEvent(event.event);
        return event.instance === this.instance;
      case 'instanceExited':
        if (event.instance === this.instance) this.exited ??= event.reason;
        return event.instance === this.instance;
      case 'instanceDying':
      case 'instanceRestarted':
        return event.instance === this.instance;
    }
  }

  takeStats(stats: InstanceStats): void {
    // What runs under the same id after that is another process, empty.
    if (this.exited !== undefined) return;
    this.stats = stats;
    if (this.role === 'destInst' && stats.mode === 'serving' && this.#hasTakenOver(stats))
      this.serving ??= { endMissing: false };
    // The events themselves are lost with an agent that is killed between hearing and telling them.
    if (this.role === 'destInst' && stats.sync.phase === 'synchronised') this.synchronised = true;
    if (this.session && stats.sync.phase === 'lost') this.syncLost ??= 'the stream is lost';
    const { snapshotBytes, statelets, stateletBytes, stragglers, phase } = stats.sync;
    const mark = [stats.mode, phase, snapshotBytes, statelets, stateletBytes, stragglers].join();
    if (mark === this.#progressMark) return;
    this.#progressMark = mark;
    this.progressAt = this.#now();
  }

  /** One that served before has taken the part over when the session has got there. */
  #hasTakenOver({ sync }: InstanceStats): boolean {
    if (!this.#servedBefore) return true;
    return this.session && (sync.phase === 'released' || sync.phase === 'none');
  }

  /** From the agent's list: events that happened while nobody listened show in the mode. */
  #adopt(): void {
    const known = this.#hosts.instances(this.host);
    if (known === undefined) return;
    const found = known.get(this.instance);
    if (found === undefined) {
      if (this.#started) this.exited ??= 'its agent does not know it any more';
    } else if (found.stats !== undefined) {
      this.takeStats(found.stats);
    }
  }

  #takeEvent(event: InstanceEvent): void {
    if (this.exited !== undefined) return;
    switch (event.type) {
      case 'progress':
        this.takeStats(event.stats);
        return;
      case 'synchronised':
        this.synchronised = true;
        this.progressAt = this.#now();
        return;
      case 'syncLost':
        this.syncLost = `${event.code}: ${event.reason}`;
        return;
      case 'serving':
        this.takeStats(event.stats);
        this.serving = { endMissing: event.endMissing };
        return;
      case 'handoverClosed':
        this.handoverClosed = true;
        return;
      case 'ended':
      case 'silent':
      case 'heard':
      case 'stalled':
      case 'replica':
      case 'replicaServing':
      case 'error':
        return;
    }
  }
}
