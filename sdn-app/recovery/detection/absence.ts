/**
 * Hosts whose agent does not come back. It is the one thing that is known of a host on which nobody
 * watches a VNF; an agent that has died alone is started again sooner.
 */
import type { Clock } from '../../clock.js';

/** Beyond the silence after which a connection is taken for dead. */
export const ABSENCE_MS = 5000;

export class Absence {
  readonly #clock: Clock;
  readonly #onAbsent: (host: string) => void;
  readonly #away = new Map<string, () => void>();

  constructor(clock: Clock, onAbsent: (host: string) => void) {
    this.#clock = clock;
    this.#onAbsent = onAbsent;
  }

  left(host: string): void {
    this.back(host);
    const cancel = this.#clock.after(ABSENCE_MS, () => {
      this.#away.delete(host);
      this.#onAbsent(host);
    });
    this.#away.set(host, cancel);
  }

  back(host: string): void {
    this.#away.get(host)?.();
    this.#away.delete(host);
  }

  close(): void {
    for (const host of [...this.#away.keys()]) this.back(host);
  }
}
