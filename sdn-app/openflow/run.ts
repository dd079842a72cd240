import { type Code, quote } from './code.js';
import type { Shape } from './shape.js';
import type { Reader } from './wire.js';
import { refuse } from './wire-error.js';

/**
 * A kind of field whose size never varies. `at` is where it begins in the buffer; the bytes are
 * there, the caller has checked. `name` is for errors.
 */
export interface FixedKind<Value = unknown> {
  readonly sort: 'fixed';
  /** Size in bytes. */
  readonly size: number;
  readonly shape: Shape;
  readonly inline?: Inline | undefined;
  read(bytes: Buffer, at: number, name: string): Value;
  write(bytes: Buffer, at: number, value: unknown, name: string): void;
}

/**
 * What `read` and `write` do, as code to stand in their place: most fields are plain numbers, for
 * which a call costs more than the work. `at` and `value` are expressions, the bytes are `bytes`.
 */
export interface Inline {
  /** An expression. */
  read(at: string): string;
  /** Whether the value can be written; if not, `write` of the kind refuses it. An expression. */
  fits(value: string): string;
  /** Statements. */
  write(at: string, value: string): string;
}

/** Bytes that mean nothing: written as zero, ignored when read. */
export interface Padding {
  readonly sort: 'padding';
  readonly size: number;
}

interface Placement {
  readonly name: string;
  readonly field: FixedKind | Padding;
  readonly at: number;
}

/**
 * Consecutive fixed fields: one bounds check for all of them. The only place that turns field sizes
 * into offsets.
 */
export class Run {
  readonly size: number;
  private readonly placements: readonly Placement[];

  constructor(fields: readonly (readonly [string, FixedKind | Padding])[]) {
    let at = 0;
    this.placements = fields.map(([key, field]) => {
      const place = { name: field.sort === 'padding' ? 'padding' : key, field, at };
      at += field.size;
      return place;
    });
    this.size = at;
  }

  /** Moves the reader behind the run, and returns where it begins. */
  claim(reader: Reader): number {
    if (reader.remaining < this.size) this.refuseTruncated(reader);
    return reader.take(this.size, 'run');
  }

  /** Name and expression of each field that is in the object, for a run that begins at `at`. */
  reads(code: Code, at: string): (readonly [name: string, expression: string])[] {
    return this.placements.flatMap(({ name, field, at: offset }) => {
      // Constants and the like are on the wire only.
      if (field.sort === 'padding' || name.startsWith('_')) return [];
      const place = `${at} + ${offset}`;
      const called = `${code.name(field)}.read(bytes, ${place}, ${quote(name)})`;
      return [[name, field.inline?.read(place) ?? called]];
    });
  }

  /** Statements that write the run at `at` from the properties of `record`. */
  writes(code: Code, at: string): string {
    return this.placements
      .map(({ name, field, at: offset }) => {
        const place = `${at} + ${offset}`;
        if (field.sort === 'padding') return zeros(place, field.size);
        const called = (value: string): string =>
          `${code.name(field)}.write(bytes, ${place}, ${value}, ${quote(name)});`;
        const { inline } = field;
        if (inline === undefined) return called(`record[${quote(name)}]`);
        const stored = `if (${inline.fits('value')}) { ${inline.write(place, 'value')} }`;
        return `{ const value = record[${quote(name)}]; ${stored} else ${called('value')} }`;
      })
      .join(' ');
  }

  private refuseTruncated(reader: Reader): never {
    const short = this.placements.find(({ field, at }) => at + field.size > reader.remaining);
    const offset = reader.position + (short?.at ?? 0);
    const detail = `needs ${this.size} bytes with its neighbours, ${reader.remaining} are left`;
    return refuse('WIRE_TRUNCATED', short?.name ?? 'end', offset, detail);
  }
}

function zeros(at: string, size: number): string {
  return Array.from({ length: size }, (_, byte) => `bytes[${at} + ${byte}] = 0;`).join(' ');
}
