import type { Shape } from './shape.js';
import type { Reader, Writer } from './wire.js';
import { refuse } from './wire-error.js';

/**
 * A kind of field whose size never varies. `at` is where it begins in the frame; the bytes are
 * there, the caller has checked. `name` is for errors.
 */
export interface FixedKind<Value = unknown> {
  readonly sort: 'fixed';
  /** Size in bytes. */
  readonly size: number;
  readonly shape: Shape;
  read(bytes: Buffer, at: number, name: string): Value;
  write(bytes: Buffer, at: number, value: unknown, name: string): void;
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

interface Placement {
  readonly name: string;
  readonly field: FixedKind | Padding;
  readonly at: number;
}

type ReadRun = (bytes: Buffer, at: number) => Record<string, unknown>;
type WriteRun = (bytes: Buffer, at: number, record: Readonly<Record<string, unknown>>) => void;

/**
 * Consecutive fixed fields: one compiled reader, one compiled writer, one bounds check. The only
 * place that turns field sizes into offsets.
 *
 * Both are compiled from the declaration, as binary-parser does, which was here before: it makes a
 * DataView and three objects for each run, and most runs are a few bytes (a match field, an
 * action), so that it took half of the time. Here a run is one object literal.
 */
export class Run {
  readonly size: number;
  private readonly placements: readonly Placement[];
  private readonly readFields: ReadRun;
  private readonly writeFields: WriteRun;

  constructor(fields: readonly (readonly [string, FixedKind | Padding])[], tag?: Discriminator) {
    let at = 0;
    this.placements = fields.map(([key, field]) => {
      const place = { name: field.sort === 'padding' ? 'padding' : key, field, at };
      at += field.size;
      return place;
    });
    this.size = at;
    this.readFields = compileReader(this.placements, tag);
    this.writeFields = compileWriter(this.placements);
  }

  /** Reads a new plain object. */
  read(reader: Reader): Record<string, unknown> {
    if (reader.remaining < this.size) this.refuseTruncated(reader);
    return this.readFields(reader.buffer, reader.take(this.size, 'run'));
  }

  write(writer: Writer, record: Readonly<Record<string, unknown>>): void {
    this.writeFields(writer.buffer, writer.take(this.size), record);
  }

  private refuseTruncated(reader: Reader): never {
    const short = this.placements.find(({ field, at }) => at + field.size > reader.remaining);
    const offset = reader.position + (short?.at ?? 0);
    const detail = `needs ${this.size} bytes with its neighbours, ${reader.remaining} are left`;
    return refuse('WIRE_TRUNCATED', short?.name ?? 'end', offset, detail);
  }
}

/** `(bytes, at) => ({ "type": "packetIn", "xid": k0.read(bytes, at + 4, "xid"), ... })` */
function compileReader(placements: readonly Placement[], tag: Discriminator | undefined): ReadRun {
  const tagged = tag === undefined ? [] : [`${quote(tag.key)}: ${quote(tag.value)}`];
  const fields = placements.flatMap(({ name, field, at }, index) =>
    // Constants and the like are on the wire only.
    field.sort === 'padding' || name.startsWith('_')
      ? []
      : [`${quote(name)}: k${index}.read(bytes, at + ${at}, ${quote(name)})`],
  );
  const body = `return (bytes, at) => ({ ${[...tagged, ...fields].join(', ')} });`;
  return compile(placements, body) as ReadRun;
}

/** `(bytes, at, record) => { k0.write(bytes, at + 4, record["xid"], "xid"); ... }` */
function compileWriter(placements: readonly Placement[]): WriteRun {
  const statements = placements.map(({ name, field, at }, index) =>
    field.sort === 'padding'
      ? Array.from({ length: field.size }, (_, byte) => `bytes[at + ${at + byte}] = 0;`).join(' ')
      : `k${index}.write(bytes, at + ${at}, record[${quote(name)}], ${quote(name)});`,
  );
  return compile(
    placements,
    `return (bytes, at, record) => { ${statements.join(' ')} };`,
  ) as WriteRun;
}

function compile(placements: readonly Placement[], body: string): unknown {
  const names = placements.map((_, index) => `k${index}`);
  // Made of declarations alone, when the program starts; nothing from a peer gets here.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function(...names, body) as (...kinds: unknown[]) => unknown;
  return make(...placements.map(({ field }) => field));
}

function quote(text: string): string {
  return JSON.stringify(text);
}
