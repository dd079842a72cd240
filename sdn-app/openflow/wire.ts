// The CommonJS build, because only that one comes with types.
import { Parser } from 'binary-parser/dist/binary_parser.js';
import type { Shape } from './shape.js';
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
    return this.buffer.readUInt8(this.take(1, field));
  }

  u16(field: string): number {
    return this.buffer.readUInt16BE(this.take(2, field));
  }

  u32(field: string): number {
    return this.buffer.readUInt32BE(this.take(4, field));
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
    return at + 4 <= this.end ? this.buffer.readUInt32BE(at) : undefined;
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
    this.buffer.writeUInt16BE(value, this.take(2));
  }

  u32(value: number): void {
    this.buffer.writeUInt32BE(value, this.take(4));
  }

  bytes(value: Uint8Array): void {
    this.buffer.set(value, this.take(value.length));
  }

  /** Zero padding, relative to `start`, up to the next multiple of `unit` bytes. */
  alignFrom(start: number, unit: number): void {
    this.zeros((unit - ((this.position - start) % unit)) % unit);
  }

  zeros(size: number): void {
    zero(this.buffer, this.take(size), size);
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
    this.buffer.writeUInt16BE(this.since(start), at);
  }

  finish(): Buffer {
    return Buffer.from(this.buffer.subarray(0, this.position));
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

/** Where a fixed field lies, for the errors of its kind. */
export interface Site {
  refuse(detail: string): never;
}

export type Formatter = (value: number) => unknown;

/** A kind of field whose size never varies: binary-parser reads it, `write` writes it. */
export interface FixedKind {
  readonly sort: 'fixed';
  /** Size in bytes. */
  readonly size: number;
  readonly shape: Shape;
  /** Adds the field to a parser under construction; `formatter` converts what was read. */
  parse(parser: Parser, name: string, site: Site, formatter?: Formatter): void;
  write(buffer: Buffer, at: number, value: unknown, site: Site): void;
}

/** Bytes that mean nothing: written as zero, ignored when read. */
export interface Padding {
  readonly sort: 'padding';
  readonly size: number;
}

/** The discriminator of a union: no bytes, but a property of what is read. */
export interface Discriminator {
  readonly key: string;
  readonly value: string;
}

// binary-parser deletes these two properties from every result, which makes V8 give up the
// object's fast layout; with setters that do nothing there is never anything to delete.
class Result {
  declare readonly record: Record<string, unknown>;
  set $parent(_ignored: unknown) {
    return;
  }
  set $root(_ignored: unknown) {
    return;
  }
}

// The compiled parsers take no start offset, so they fetch it from here. Reading is synchronous
// and a run contains no other run, so one cell is enough.
let runStart = 0;

interface Placement {
  readonly name: string;
  readonly field: FixedKind | Padding;
  readonly at: number;
  readonly site: Site;
}

/**
 * Consecutive fixed fields: one compiled binary-parser, one bounds check. The only place that
 * turns field sizes into offsets.
 */
export class Run {
  readonly size: number;
  private readonly placements: readonly Placement[];
  private readonly parser: Parser;
  /** Whether there is nothing to read but a tag: then the parser can be spared. */
  private readonly isBare: boolean;

  constructor(
    fields: readonly (readonly [string, FixedKind | Padding])[],
    private readonly tag?: Discriminator,
  ) {
    this.isBare = fields.every(([, field]) => field.sort === 'padding');
    let at = 0;
    this.placements = fields.map(([key, field]) => {
      const name = field.sort === 'padding' ? 'padding' : key;
      const place = { name, field, at, site: siteOf(name, at) };
      at += field.size;
      return place;
    });
    this.size = at;
    this.parser = this.build();
  }

  /** Reads a new plain object. */
  read(reader: Reader): Record<string, unknown> {
    if (reader.remaining < this.size) this.refuseTruncated(reader);
    runStart = reader.take(this.size, 'run');
    if (this.isBare) return this.tag === undefined ? {} : { [this.tag.key]: this.tag.value };
    return (this.parser.parse(reader.buffer) as Result).record;
  }

  write(writer: Writer, record: Readonly<Record<string, unknown>>): void {
    const start = writer.take(this.size);
    runStart = start;
    const { buffer } = writer;
    for (const { name, field, at, site } of this.placements) {
      if (field.sort === 'fixed') field.write(buffer, start + at, record[name], site);
      else zero(buffer, start + at, field.size);
    }
  }

  private build(): Parser {
    const { tag } = this;
    const record = new Parser().endianness('big');
    if (tag !== undefined) record.saveOffset(tag.key, { formatter: () => tag.value });
    for (const { name, field, site } of this.placements) {
      if (field.sort === 'fixed') field.parse(record, name, site);
      else record.seek(field.size);
    }
    return new Parser()
      .seek(() => runStart)
      .nest('record', { type: record })
      .create(Result);
  }

  private refuseTruncated(reader: Reader): never {
    const short = this.placements.find(({ field, at }) => at + field.size > reader.remaining);
    const offset = reader.position + (short?.at ?? 0);
    const detail = `needs ${this.size} bytes with its neighbours, ${reader.remaining} are left`;
    return refuse('WIRE_TRUNCATED', short?.name ?? 'end', offset, detail);
  }
}

// Padding is a few bytes, for which a loop is faster than Buffer.fill.
function zero(buffer: Buffer, from: number, size: number): void {
  for (let at = from; at < from + size; at += 1) buffer[at] = 0;
}

function siteOf(field: string, at: number): Site {
  return {
    refuse: (detail) => refuse('WIRE_BAD_VALUE', field, runStart + at, detail),
  };
}
