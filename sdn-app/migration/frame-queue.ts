/** Frames in their order, bounded in bytes. */
import type { DivertedFrame } from '../steering/index.js';

export class FrameQueue {
  readonly maxBytes: number;
  #frames: DivertedFrame[] = [];
  /** Place of the oldest one in `#frames`. */
  #head = 0;
  #bytes = 0;
  #peak = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get length(): number {
    return this.#frames.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The most frames that have waited. */
  get peak(): number {
    return this.#peak;
  }

  /** False, and the frame is not taken, when it would be more than the bound. */
  push(frame: DivertedFrame): boolean {
    if (this.#bytes + frame.frame.length > this.maxBytes) return false;
    this.#frames.push(frame);
    this.#bytes += frame.frame.length;
    this.#peak = Math.max(this.#peak, this.length);
    return true;
  }

  /** The oldest ones, `most` of them; they stay. */
  first(most: number): DivertedFrame[] {
    return this.#frames.slice(this.#head, this.#head + most);
  }

  /** Forgets the oldest ones. */
  drop(count: number): void {
    for (const { frame } of this.first(count)) this.#bytes -= frame.length;
    this.#head = Math.min(this.#head + count, this.#frames.length);
    if (this.#head * 2 < this.#frames.length) return;
    this.#frames = this.#frames.slice(this.#head);
    this.#head = 0;
  }
}
