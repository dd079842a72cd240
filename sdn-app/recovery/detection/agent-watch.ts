/**
 * Listens to the agents of hosts that serve: how long each has been silent, and whether that is too
 * long. Time in which this process itself stood still counts for nobody's silence.
 */
import type { Clock } from '../../clock.js';
import type { HostPort } from '../../hosts/port.js';
import { SilenceThreshold } from './silence.js';

const TICK_MS = 4;
/** A tick later than this: this process stood still, and what came meanwhile is not yet read. */
const STALL_MS = 12;

export class AgentWatch {
  readonly #hosts: Pick<HostPort, 'heardAgo'>;
  readonly #clock: Clock;
  readonly #onTick: () => void;
  readonly #watched = new Map<string, { threshold: SilenceThreshold; lastMs: number }>();
  #tickedAt: number;
  #resumedAt: number;
  #cancel: (() => void) | undefined;

  /** `onTick` runs after each look, every 4 ms while a host is watched. */
  constructor(hosts: Pick<HostPort, 'heardAgo'>, clock: Clock, onTick: () => void) {
    this.#hosts = hosts;
    this.#clock = clock;
    this.#onTick = onTick;
    this.#tickedAt = this.#resumedAt = clock.monotonicMs();
  }

  /** From now on these hosts, each with its least threshold. */
  watch(hosts: ReadonlyMap<string, number>): void {
    for (const host of [...this.#watched.keys()]) {
      if (!hosts.has(host)) this.#watched.delete(host);
    }
    for (const [host, leastMs] of hosts) {
      if (this.#watched.has(host)) continue;
      this.#watched.set(host, { threshold: new SilenceThreshold(leastMs), lastMs: 0 });
    }
    if (this.#watched.size > 0 && this.#cancel === undefined) {
      this.#tickedAt = this.#resumedAt = this.#clock.monotonicMs();
      this.#plan();
    }
    if (this.#watched.size === 0) this.close();
  }

  /** How long nothing was heard while this process could have heard it. */
  silentMs(host: string): number {
    const sinceResumed = this.#clock.monotonicMs() - this.#resumedAt;
    return Math.min(this.#hosts.heardAgo(host), sinceResumed);
  }

  isSilent(host: string): boolean {
    const watched = this.#watched.get(host);
    if (watched === undefined) return false;
    return this.silentMs(host) >= watched.threshold.limitMs(this.#clock.monotonicMs());
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #plan(): void {
    this.#cancel = this.#clock.after(TICK_MS, () => {
      this.#plan();
      this.#tick();
    });
  }

  #tick(): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#tickedAt > STALL_MS) this.#resumedAt = now;
    this.#tickedAt = now;
    for (const [host, watched] of this.#watched) {
      const silentMs = this.silentMs(host);
      if (silentMs < watched.lastMs) watched.threshold.sawGap(watched.lastMs, now);
      watched.lastMs = silentMs;
    }
    this.#onTick();
  }
}
