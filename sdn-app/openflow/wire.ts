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

/**
 * A bounded cursor over one frame, which stands in a buffer from `origin` to `end`. `end` narrows
 * while a structure with a length is read.
 */
export class Reader {
  position: number;

  constructor(
    readonly buffer: Buffer,
    readonly origin = 0,
    public end = buffer.length,
  ) {
    this.position = origin;
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

/** Writes frames one behind the other, into a buffer that grows with them. */
export class Writer {
  position = 0;
  /** Where the frame begins that is being written. */
  origin = 0;
  buffer: Buffer;
  /** Where the frame, or else the buffer, must end. */
  private limit = 0;

  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(bytes);
    this.begin();
  }

  /** The next frame begins here. */
  begin(): void {
    this.origin = this.position;
    this.limit = Math.min(this.buffer.length, this.origin + maxFrameBytes);
  }

  u16(value: number): void {
    const at = this.take(2);
    store16(this.buffer, at, value);
  }

  u32(value: number): void {
    const at = this.take(4);
    store32(this.buffer, at, value);
  }

  /** The first four bytes of a message; its length is filled in later. */
  header(version: number, type: number): void {
    const at = this.take(lengthFieldEnd);
    this.buffer[at] = version;
    this.buffer[at + 1] = type;
  }

  bytes(value: Uint8Array): void {
    const at = this.take(value.length);
    this.buffer.set(value, at);
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

  /** Claims `size` bytes and returns where they start; `buffer` may be another one then. */
  take(size: number): number {
    const start = this.position;
    const end = start + size;
    if (end > this.limit) this.makeRoom(end);
    this.position = end;
    return start;
  }

  private makeRoom(end: number): void {
    if (end - this.origin > maxFrameBytes) {
      const detail = `the frame would exceed ${maxFrameBytes} bytes`;
      refuse('WIRE_TOO_LONG', 'length', this.position, detail);
    }
    const grown = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.buffer.length));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
    this.limit = Math.min(grown.length, this.origin + maxFrameBytes);
  }
}
