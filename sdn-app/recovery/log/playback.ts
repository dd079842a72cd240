/** News of a log that is played to a new instance, latched so that none is missed. */
import type { Clock } from '../../clock.js';
import type { InstanceStats } from '../../contract/instance.js';
import type { HostEvent, HostPort } from '../../hosts/port.js';
import { RecoveryFault, type Place } from '../fault.js';

/** A large state over a slow link; nothing is expected to take it. */
const LIMIT_MS = 60_000;

export class Playback {
  readonly #log: Place;
  readonly #dest: Place;
  readonly #clock: Clock;
  readonly #unsubscribe: () => void;
  #isPlayed = false;
  #isInstalled = false;
  #lost: string | undefined;
  #served: InstanceStats | undefined;
  #wake: () => void = () => undefined;

  constructor(log: Place, dest: Place, hosts: Pick<HostPort, 'subscribe'>, clock: Clock) {
    this.#log = log;
    this.#dest = dest;
    this.#clock = clock;
    this.#unsubscribe = hosts.subscribe((event) => this.#hear(event));
  }

  /** Resolves once the new instance has all of the log. Rejects with a RecoveryFault. */
  async played(): Promise<void> {
    await this.#until(() => this.#isPlayed && this.#isInstalled);
  }

  /** Resolves with its figures once the new instance serves. */
  async serving(): Promise<InstanceStats> {
    await this.#until(() => this.#served !== undefined);
    if (this.#served === undefined) throw new RecoveryFault('it does not serve');
    return this.#served;
  }

  close(): void {
    this.#unsubscribe();
  }

  #hear(event: HostEvent): void {
    const { host } = event;
    if (event.type === 'disconnected') {
      if (host === this.#log.host || host === this.#dest.host) this.#lose(`${host} was lost`);
      return;
    }
    if (event.type === 'connected') return;
    const { instance } = event;
    const isLog = host === this.#log.host && instance === this.#log.instance;
    const isDest = host === this.#dest.host && instance === this.#dest.instance;
    if (!isLog && !isDest) return;
    if (event.type === 'instanceExited') this.#lose(`${instance}: ${event.reason}`);
    if (event.type !== 'instanceEvent') return;
    if (isLog && event.event.type === 'ended') this.#isPlayed = true;
    if (isDest && event.event.type === 'synchronised') this.#isInstalled = true;
    if (isDest && event.event.type === 'serving') this.#served = event.event.stats;
    if (isDest && event.event.type === 'syncLost') this.#lose(event.event.reason);
    this.#wake();
  }

  #lose(why: string): void {
    if (this.#served === undefined) this.#lost ??= why;
    this.#wake();
  }

  async #until(done: () => boolean): Promise<void> {
    const deadline = this.#clock.monotonicMs() + LIMIT_MS;
    while (!done()) {
      if (this.#lost !== undefined) throw new RecoveryFault(this.#lost);
      const left = deadline - this.#clock.monotonicMs();
      if (left <= 0) throw new RecoveryFault(`the log was not played within ${LIMIT_MS} ms`);
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(left, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    }
  }
}
