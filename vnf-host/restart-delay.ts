/** How long a serving instance that has ended is left alone before it is started again, empty. */
import type { InstanceCall } from '../sdn-app/contract/instance.js';

const FIRST_MS = 100;
const MOST_MS = 5000;
/** After so long a life the delay starts anew. */
const STABLE_MS = 10_000;
/** destInst has all of its state: begun again empty, it would answer in the place of that. */
const HANDED_OVER_MS = 5000;

export class RestartDelay {
  #nextMs = FIRST_MS;
  #startedAt = 0;
  /** srcInst between prepareSwitch and the end of the migration. */
  #handingOver = false;

  started(): void {
    this.#startedAt = performance.now();
  }

  ended(): void {
    if (performance.now() - this.#startedAt > STABLE_MS) this.#nextMs = FIRST_MS;
  }

  /** The instance has taken this call. */
  called(method: InstanceCall['method']): void {
    const goesOn = method === 'switched' || method === 'stats';
    this.#handingOver = method === 'prepareSwitch' || (this.#handingOver && goesOn);
  }

  /** Milliseconds, at least `leastMs`; twice as long each time. */
  next(leastMs: number): number {
    const delay = Math.max(this.#nextMs, leastMs, this.#handingOver ? HANDED_OVER_MS : 0);
    this.#nextMs = Math.min(this.#nextMs * 2, MOST_MS);
    return delay;
  }
}
