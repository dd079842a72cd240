import { load16, load32, load8, store16, store32 } from './bytes.js';
import { refuse } from './wire-error.js';

/** The largest frame: the header's length field has 16 bits (OpenFlow 1.3.5 section 7.1). */
export const maxFrameBytes = 0xffff;

/** Bytes of the header: version, type, length, xid (section 7.1). */
export const headerBytes = 8;

/** Bytes of the header up to and including the length field. */
export const lengthFieldEnd = 4;

/** Where the length field stands. */
export const lengthFieldOffset = 2;

/** A frame's length field, or undefined while its bytes have not all arrived. */
export function peekLength(bytes: Buffer): number | undefined {
  return bytes.length < lengthFieldEnd ? undefined : bytes.readUInt16BE(lengthFieldOffset);
}

/** A bounded cursor over one frame. `end` narrows while a structure with a length is read. */
export class Reader {
  position = 0;
  end: number;

  constructor(readonly buffer: Buffer) {
    this.end = buffer.length;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  u8(field: string): number {
    return load8(this.buffer, this.take(1, field));
  }

  u16(field: string): number {
    return load16(this.buffer, this.take(2, field));
  }

  u32(field: string): number {
    return load32(this.buffer, this.take(4, field));
  }

  /** A view of the next `size` bytes, not a copy. */
  bytes(size: number, field: string): Buffer {
    const start = this.take(size, field);
    return this.buffer.subarray(start, start + size);
  }

  /** A view of everything up to `end`. */
  rest(): Buffer {
    return this.bytes(this.remaining, 'rest');
  }

  /** The 32-bit word `words` words ahead, not consumed; undefined when it is not there. */
  peekU32(words: number): number | undefined {
    const at = this.position + 4 * words;
    return at + 4 <= this.end ? load32(this.buffer, at) : undefined;
  }

  /** Skips padding, relative to `start`, up to the next multiple of `unit` bytes. */
  alignFrom(start: number, unit: number): void {
    this.take((unit - ((this.position - start) % unit)) % unit, 'padding');
  }

  /**
   * Narrows `end` to the structure that began at `start` and has `length` bytes, once its 16-bit
   * length field was read. Returns the outer end, for `leave`.
   */
  enter(start: number, length: number): number {
    const outer = this.end;
    const stop = start + length;
    if (stop < this.position || stop > outer) {
      refuse(
        'WIRE_BAD_LENGTH',
        'length',
        this.position - 2,
        `says ${length} bytes, but must be ${this.position - start} to ${outer - start}`,
      );
    }
    this.end = stop;
    return outer;
  }

  /** Ends what `enter` began: every byte of it must have been read. */
  leave(outer: number): void {
    this.expectEnd();
    this.end = outer;
  }

  expectEnd(): void {
    if (this.remaining !== 0) {
      refuse('WIRE_BAD_LENGTH', 'length', this.position, `${this.remaining} bytes too many`);
    }
  }

  /** Claims `size` bytes and returns where they start. */
  take(size: number, field: string): number {
    const start = this.position;
    if (size > this.end - start) {
      refuse('WIRE_TRUNCATED', field, start, `needs ${size} bytes, ${this.end - start} are left`);
    }
    this.position = start + size;
    return start;
  }
}

/** Writes one frame into a buffer that is reused; `finish` copies the frame out. */
export class Writer {
  position = 0;
  readonly buffer = Buffer.alloc(maxFrameBytes);

  u8(value: number): void {
    this.buffer[this.take(1)] = value;
  }

  u16(value: number): void {
    store16(this.buffer, this.take(2), value);
  }

  u32(value: number): void {
    store32(this.buffer, this.take(4), value);
  }

  bytes(value: Uint8Array): void {
    this.buffer.set(value, this.take(value.length));
  }

  /** Zero padding, relative to `start`, up to the next multiple of `unit` bytes. */
  alignFrom(start: number, unit: number): void {
    this.zeros((unit - ((this.position - start) % unit)) % unit);
  }

  zeros(size: number): void {
    // A few bytes, for which a loop is faster than Buffer.fill.
    const from = this.take(size);
    for (let at = from; at < from + size; at += 1) this.buffer[at] = 0;
  }

  /** Bytes written since `start`. */
  since(start: number): number {
    return this.position - start;
  }

  /** Room for a 16-bit length that is known only later; `fillLength` writes it. */
  reserveLength(): number {
    return this.take(2);
  }

  fillLength(at: number, start: number): void {
    store16(this.buffer, at, this.since(start));
  }

  finish(): Buffer {
    const frame = Buffer.allocUnsafe(this.position);
    this.buffer.copy(frame, 0, 0, this.position);
    return frame;
  }

  /** Claims `size` bytes and returns where they start. */
  take(size: number): number {
    const start = this.position;
    if (size > maxFrameBytes - start) {
      refuse('WIRE_TOO_LONG', 'length', start, `the frame would exceed ${maxFrameBytes} bytes`);
    }
    this.position = start + size;
    return start;
  }
}
