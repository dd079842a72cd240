/** What may wait to be sent to all switches together, so that many that do not read cost no more. */
export class WriteBudget {
  readonly #limitBytes: number;
  #used = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes that wait. */
  get used(): number {
    return this.#used;
  }

  allows(bytes: number): boolean {
    return this.#used + bytes <= this.#limitBytes;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }
}
