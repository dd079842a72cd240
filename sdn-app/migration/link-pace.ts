/** How much may go through the links of an instance, port by port. */

/** Of the rate: queues shall empty, not fill. */
const SHARE = 0.9;
/** What may go at once: half of what the queue of a shaped link holds (mininet/shaping.py). */
const BURST_MS = 20;
const LEAST_BURST_BYTES = 16_384;

export class LinkPace {
  readonly #bytesPerMs: number;
  readonly #burst: number;
  /** Bytes that each port may still send. */
  readonly #room = new Map<number, number>();
  #now: number;

  /** `rateBps`: Infinity when nothing bounds it. */
  constructor(rateBps: number, now: number) {
    this.#bytesPerMs = (rateBps * SHARE) / 8000;
    this.#burst = Math.max(LEAST_BURST_BYTES, this.#bytesPerMs * BURST_MS);
    this.#now = now;
  }

  advance(now: number): void {
    const gained = (now - this.#now) * this.#bytesPerMs;
    this.#now = now;
    // No time at an infinite rate is not a number.
    if (Number.isNaN(gained)) return;
    for (const [port, room] of this.#room) {
      this.#room.set(port, Math.min(this.#burst, room + gained));
    }
  }

  /** False: it must wait. */
  take(port: number, bytes: number): boolean {
    const room = this.#room.get(port) ?? this.#burst;
    if (room < bytes) return false;
    this.#room.set(port, room - bytes);
    return true;
  }
}
