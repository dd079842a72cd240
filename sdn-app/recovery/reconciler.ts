/** Makes something as it should be: one attempt at a time, after each change, and again after a fault. */
import type { Clock } from '../clock.js';

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 10_000;

interface Attempts {
  /** Makes it so; to be brief once it `isStopped`. */
  attempt: () => Promise<void>;
  /** It failed, and is tried again later. */
  failed: (error: unknown) => void;
  /** Ends what the attempt under way waits for: something has changed. */
  interrupt: () => void;
}

export class Reconciler {
  readonly #clock: Clock;
  readonly #attempts: Attempts;
  readonly #lastRetryMs: number;
  #aside = false;
  #closed = false;
  #busy: Promise<void> | undefined;
  #again = false;
  #retryMs = FIRST_RETRY_MS;
  #cancel: (() => void) | undefined;

  /** Retries are at most `lastRetryMs` apart. */
  constructor(clock: Clock, attempts: Attempts, lastRetryMs = LAST_RETRY_MS) {
    this.#clock = clock;
    this.#attempts = attempts;
    this.#lastRetryMs = lastRetryMs;
  }

  /** Somebody else has it, or it is over: nothing may be made. */
  isStopped(): boolean {
    return this.#closed || this.#aside;
  }

  look(): void {
    if (this.#closed) return;
    if (this.#busy !== undefined) {
      this.#again = true;
      this.#attempts.interrupt();
      return;
    }
    this.#cancel?.();
    this.#busy = this.#attempts
      .attempt()
      .then(
        () => {
          this.#retryMs = FIRST_RETRY_MS;
        },
        (error: unknown) => this.#tryLater(error),
      )
      .finally(() => {
        this.#busy = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.look();
      });
  }

  lookIn(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#clock.after(ms, () => this.look());
  }

  /** From now on it `isStopped`. */
  putAside(): void {
    this.#aside = true;
  }

  /** Resolves when no attempt is under way. */
  async settled(): Promise<void> {
    this.#attempts.interrupt();
    await this.#busy;
  }

  /** True when it had been put aside. */
  takeUp(): boolean {
    const wasAside = this.#aside;
    this.#aside = false;
    return wasAside;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#attempts.interrupt();
  }

  #tryLater(error: unknown): void {
    if (this.isStopped()) return;
    this.#attempts.failed(error);
    this.lookIn(this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, this.#lastRetryMs);
  }
}
