/** Who takes over, as long as it lives: behind the first order there is no way back. */
import { reasonOf } from '../contract/errors.js';
import type { Watch } from '../migration/watch.js';
import { RecoveryFault } from './fault.js';
import type { Recovery } from './recovery.js';

const RETRY_MS = 100;
const AWAY_MS = 5000;

export class Heir {
  readonly #name: 'standby' | 'replica';
  readonly #watch: Watch;
  readonly #recovery: Recovery;

  /** `watch`: the heir is its destInst. */
  constructor(name: 'standby' | 'replica', watch: Watch, recovery: Recovery) {
    this.#name = name;
    this.#watch = watch;
    this.#recovery = recovery;
  }

  /** Throws a RecoveryFault when it will not serve any more. */
  demand(): void {
    const { src, dest } = this.#watch;
    if (dest.exited !== undefined) {
      throw new RecoveryFault(`the ${this.#name} ended: ${dest.exited}`);
    }
    // Its agent may come back; until then an empty instance is better than none.
    if (dest.downFor() > AWAY_MS && src.connected && src.listed) {
      throw new RecoveryFault(`the agent of ${dest.host} is away for ${AWAY_MS} ms`);
    }
  }

  /** Until it succeeds, or the heir is lost. Rejects with a RecoveryFault. */
  async persistently(what: string, action: () => Promise<unknown>): Promise<void> {
    for (;;) {
      this.demand();
      try {
        await action();
        return;
      } catch (error) {
        if (error instanceof RecoveryFault) throw error;
        this.#recovery.waiting(`${what}: ${reasonOf(error)}`);
      }
      await this.#watch.pause(RETRY_MS);
    }
  }
}
