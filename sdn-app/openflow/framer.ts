import { load16 } from './bytes.js';
import { headerBytes, lengthFieldEnd, lengthFieldOffset, maxFrameBytes } from './wire.js';
import { refuse, WireError, type WireErrorCode } from './wire-error.js';

const nothing = Buffer.alloc(0);

export interface FramerOptions {
  /** Longest frame to accept, in bytes: 8 to 65535, the default. */
  readonly maxFrameBytes?: number;
}

/**
 * Cuts a byte stream into frames by their length fields. It keeps what was added last, until its
 * frames were asked for, and at most one frame that is not yet complete; for that it has memory for
 * no more than twice the bytes of it that arrived.
 */
export class Framer {
  /** The frame that `next` found: in `buffer`, from `start` to `end`. */
  buffer: Buffer = nothing;
  start = 0;
  end = 0;
  private readonly maxBytes: number;
  private added: Buffer = nothing;
  private position = 0;
  private pending: Buffer = nothing;
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

  /** The next bytes of the stream; they must not change until `next` has returned false. */
  add(chunk: Buffer): void {
    const rest = this.added.subarray(this.position);
    this.added = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.position = 0;
  }

  /**
   * Whether a further frame is complete: it is at `buffer`, `start` and `end`. Throws WireError on a
   * length field below 8 or above the limit, and from then on: the stream cannot be followed any
   * further.
   */
  next(): boolean {
    if (this.failure !== undefined) throw this.failure;
    try {
      return this.find();
    } catch (error) {
      if (error instanceof WireError) this.failure = error;
      throw error;
    }
  }

  /**
   * The frames that `chunk` completes, added to `frames`; they may be views of it. Throws as `next`
   * does.
   */
  push(chunk: Buffer, frames: Buffer[] = []): Buffer[] {
    this.add(chunk);
    while (this.next()) frames.push(this.buffer.subarray(this.start, this.end));
    return frames;
  }

  private find(): boolean {
    const { added } = this;
    while (this.position < added.length) {
      const start = this.position;
      const length = this.filled === 0 ? this.frameLength(added, start, added.length) : undefined;
      if (length !== undefined && length <= added.length - start) {
        this.position = start + length;
        this.found(added, start, this.position);
        return true;
      }
      if (this.keep()) return true;
    }
    // Nothing of a connection that is silent.
    this.added = nothing;
    this.position = 0;
    this.found(nothing, 0, 0);
    return false;
  }

  private found(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer;
    this.start = start;
    this.end = end;
  }

  /** Takes the bytes that the incomplete frame lacks; true when it is complete then. */
  private keep(): boolean {
    const known = this.frameLength(this.pending, 0, this.filled);
    const missing = (known ?? lengthFieldEnd) - this.filled;
    const taken = this.added.subarray(this.position, this.position + missing);
    this.grow(this.filled + taken.length);
    this.pending.set(taken, this.filled);
    this.filled += taken.length;
    this.position += taken.length;
    if (this.frameLength(this.pending, 0, this.filled) !== this.filled) return false;
    this.found(this.pending, 0, this.filled);
    this.pending = nothing;
    this.filled = 0;
    return true;
  }

  private grow(size: number): void {
    if (size <= this.pending.length) return;
    const grown = Buffer.alloc(Math.min(this.maxBytes, Math.max(size, 2 * this.pending.length)));
    this.pending.copy(grown, 0, 0, this.filled);
    this.pending = grown;
  }

  /** What the length field of a frame says, or undefined while it has not arrived. */
  private frameLength(bytes: Buffer, start: number, end: number): number | undefined {
    if (end - start < lengthFieldEnd) return undefined;
    const length = load16(bytes, start + lengthFieldOffset);
    if (length < headerBytes)
      refuseLength('WIRE_BAD_LENGTH', length, `a header has ${headerBytes}`);
    if (length > this.maxBytes) refuseLength('WIRE_TOO_LONG', length, `at most ${this.maxBytes}`);
    return length;
  }
}

function refuseLength(code: WireErrorCode, length: number, allowed: string): never {
  return refuse(code, 'length', lengthFieldOffset, `says ${length} bytes, but ${allowed}`);
}
