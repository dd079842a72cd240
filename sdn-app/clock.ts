/** Time as the controller's parts see it, so that tests can drive it. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Wall time, ISO 8601 in UTC. */
  timestamp(): string;
  /** Runs `action` once after `ms`; returns the function that cancels it. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  timestamp: () => new Date().toISOString(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
