import {
  headerBytes,
  lengthFieldEnd,
  lengthFieldOffset,
  maxFrameBytes,
  peekLength,
} from './wire.js';
import { refuse, WireError, type WireErrorCode } from './wire-error.js';

export interface FramerOptions {
  /** Longest frame to accept, in bytes: 8 to 65535, the default. */
  readonly maxFrameBytes?: number;
}

/**
 * Cuts a byte stream into frames by their length fields. It keeps at most one frame that is not
 * yet complete, and memory for no more than twice the bytes of it that arrived.
 */
export class Framer {
  private readonly maxBytes: number;
  private pending = Buffer.alloc(0);
  private filled = 0;
  private failure: WireError | undefined;

  constructor(options: FramerOptions = {}) {
    this.maxBytes = options.maxFrameBytes ?? maxFrameBytes;
    if (!(this.maxBytes >= headerBytes && this.maxBytes <= maxFrameBytes)) {
      throw new RangeError(`maxFrameBytes must be ${headerBytes} to ${maxFrameBytes}`);
    }
  }

  /** What has arrived of the frame that is not yet complete. */
  get incomplete(): Buffer {
    return this.pending.subarray(0, this.filled);
  }

  /**
   * The frames that `chunk` completes; they may be views of it. Throws WireError on a length
   * field below 8 or above the limit, and from then on: the stream cannot be followed any
   * further. The frames before it in the same chunk are given up too, unless the caller keeps
   * the list that they are added to.
   */
  push(chunk: Buffer, frames: Buffer[] = []): Buffer[] {
    if (this.failure !== undefined) throw this.failure;
    try {
      this.cut(chunk, frames);
      return frames;
    } catch (error) {
      if (error instanceof WireError) this.failure = error;
      throw error;
    }
  }

  private cut(chunk: Buffer, frames: Buffer[]): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.filled === 0) {
        const length = this.frameLength(rest);
        if (length !== undefined && length <= rest.length) {
          frames.push(rest.subarray(0, length));
          rest = rest.subarray(length);
          continue;
        }
      }
      rest = this.keep(rest, frames);
    }
  }

  /** Adds bytes to the frame that is not complete, as many as it lacks; returns the others. */
  private keep(bytes: Buffer, frames: Buffer[]): Buffer {
    const known = this.frameLength(this.pending.subarray(0, this.filled));
    const missing = (known ?? lengthFieldEnd) - this.filled;
    const taken = bytes.subarray(0, missing);
    this.grow(this.filled + taken.length);
    this.pending.set(taken, this.filled);
    this.filled += taken.length;
    if (this.frameLength(this.pending.subarray(0, this.filled)) === this.filled) {
      frames.push(this.pending.subarray(0, this.filled));
      this.pending = Buffer.alloc(0);
      this.filled = 0;
    }
    return bytes.subarray(taken.length);
  }

  private grow(size: number): void {
    if (size <= this.pending.length) return;
    const grown = Buffer.alloc(Math.min(this.maxBytes, Math.max(size, 2 * this.pending.length)));
    this.pending.copy(grown, 0, 0, this.filled);
    this.pending = grown;
  }

  /** What the length field says, or undefined while it has not arrived. */
  private frameLength(bytes: Buffer): number | undefined {
    const length = peekLength(bytes);
    if (length === undefined) return undefined;
    if (length < headerBytes)
      refuseLength('WIRE_BAD_LENGTH', length, `a header has ${headerBytes}`);
    if (length > this.maxBytes) refuseLength('WIRE_TOO_LONG', length, `at most ${this.maxBytes}`);
    return length;
  }
}

function refuseLength(code: WireErrorCode, length: number, allowed: string): never {
  return refuse(code, 'length', lengthFieldOffset, `says ${length} bytes, but ${allowed}`);
}
