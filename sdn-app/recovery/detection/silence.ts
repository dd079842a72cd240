/** When silence means death: a least threshold, raised by the gaps that turned out to be none. */

/** A gap counts half as much after this. */
const HALF_LIFE_MS = 30_000;
/** Silence has to be so many times the longest gap of late. */
const SAFETY = 2;

export class SilenceThreshold {
  readonly #leastMs: number;
  #peakMs = 0;
  #peakAt = 0;

  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  /** A silence of so long has ended by a sign of life. */
  sawGap(gapMs: number, now: number): void {
    if (gapMs < this.#peak(now)) return;
    this.#peakMs = gapMs;
    this.#peakAt = now;
  }

  limitMs(now: number): number {
    return Math.max(this.#leastMs, SAFETY * this.#peak(now));
  }

  #peak(now: number): number {
    return this.#peakMs * 0.5 ** ((now - this.#peakAt) / HALF_LIFE_MS);
  }
}
