/** Virtual time: timers run in order, each after everything that the one before set off. */
import type { Clock } from '../../../../sdn-app/clock.js';

interface Timer {
  at: number;
  action: () => void;
}

export class FakeClock implements Clock {
  #now = 0;
  #timers: Timer[] = [];

  monotonicMs(): number {
    return this.#now;
  }

  timestamp(): string {
    return new Date(1_700_000_000_000 + this.#now).toISOString();
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#now + ms, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Runs until `condition` holds; throws when it does not within `limitMs` of virtual time. */
  async until(condition: () => boolean, limitMs: number): Promise<void> {
    const deadline = this.#now + limitMs;
    for (;;) {
      await new Promise(setImmediate);
      if (condition()) return;
      const next = this.#timers.reduce<Timer | undefined>(
        (first, each) => (first === undefined || each.at < first.at ? each : first),
        undefined,
      );
      if (next === undefined || next.at > deadline) {
        throw new Error(`not within ${limitMs} ms: ${condition.toString()}`);
      }
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
  }

  /** Time passes and nothing runs; what was due runs late. */
  stall(ms: number): void {
    this.#now += ms;
  }

  async run(ms: number): Promise<void> {
    let over = false;
    this.after(ms, () => (over = true));
    await this.until(() => over, ms);
  }

  async settled<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    promise.then(
      () => (done = true),
      () => (done = true),
    );
    await this.until(() => done, 60_000);
    return promise;
  }
}

/** A clock that stops for good when its owner dies. */
export function mortalClock(clock: Clock, alive: () => boolean): Clock {
  return {
    monotonicMs: () => clock.monotonicMs(),
    timestamp: () => clock.timestamp(),
    after: (ms, action) =>
      clock.after(ms, () => {
        if (alive()) action();
      }),
  };
}
