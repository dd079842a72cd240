import { show } from './kinds.js';
import {
  type Arguments,
  type FieldInput,
  type Fields,
  type FieldValues,
  type Simplify,
  type Tagged,
  type Variable,
} from './fields.js';
import { asRecord, Layout } from './layout.js';
import { restBytes } from './sequence.js';
import { structShape, type StructShape, type UnionShape } from './shape.js';
import type { Reader, Writer } from './wire.js';
import { refuse } from './wire-error.js';

/** One member of a union: its number on the wire, where it is specified, and its fields. */
export interface Variant<F extends Fields = Fields> {
  readonly code: number;
  readonly section: string;
  readonly fields: F;
}

export function variant<const F extends Fields>(
  code: number,
  section: string,
  fields: F,
): Variant<F> {
  return { code, section, fields };
}

type Variants = Readonly<Record<string, Variant>>;
type Member<Key extends string, Name, Values> = Simplify<{ [K in Key]: Name } & Values>;

/** A member that no declaration names, by its number: kept as bytes, so that it round-trips. */
const unknownFields = { bytes: restBytes };
type UnknownFields = typeof unknownFields;

/** A union of the declared variants, told apart by the property `Key`, and of unknown members. */
export type UnionOf<Key extends string, V extends Variants, U extends Fields = UnknownFields> =
  | { [N in keyof V]: Member<Key, N, FieldValues<V[N]['fields']>> }[keyof V]
  | Member<Key, 'unknown', { code: number } & FieldValues<U>>;

/** Constructors, one for each variant, that fill in the declared defaults. */
export type Constructors<Key extends string, V extends Variants> = {
  readonly [N in keyof V]: (
    ...input: Arguments<FieldInput<V[N]['fields']>>
  ) => Member<Key, N, FieldValues<V[N]['fields']>>;
};

interface Made<Key extends string, V extends Variants> {
  readonly variants: V;
  readonly make: Constructors<Key, V>;
}

interface Alternative {
  readonly layout: Layout;
  /** Undefined for the one that stands for every number without a declaration. */
  readonly code: number | undefined;
}

class Alternatives {
  readonly shape: UnionShape;
  private readonly byCode = new Map<number, Alternative>();
  private readonly byName = new Map<unknown, Alternative>();
  readonly make: Record<string, (input?: object) => unknown> = {};
  private readonly unknown: Alternative;

  constructor(
    private readonly key: string,
    variants: Variants,
    unknownFields: Fields,
    unit: number,
  ) {
    const members = new Map<string, StructShape>();
    for (const [name, { code, fields }] of Object.entries(variants)) {
      const layout = new Layout(fields, { key, value: name });
      const alternative = { layout, code };
      this.byCode.set(code, alternative);
      this.byName.set(name, alternative);
      members.set(name, layout.shape);
      this.make[name] = (input) => layout.make(input);
    }
    this.unknown = {
      layout: new Layout(unknownFields, { key, value: 'unknown' }),
      code: undefined,
    };
    this.byName.set('unknown', this.unknown);
    members.set('unknown', unknownShape(new Set(this.byCode.keys()), this.unknown.layout));
    this.shape = { is: 'union', key, members, unit };
  }

  read(reader: Reader, code: number, start: number): unknown {
    const known = this.byCode.get(code);
    if (known !== undefined) return known.layout.read(reader, start);
    return Object.assign(this.unknown.layout.read(reader, start), { code });
  }

  codeOf(value: unknown, offset: number): number {
    const record = asRecord(value, offset);
    return this.of(record, offset).code ?? this.unknownCode(record, offset);
  }

  write(writer: Writer, value: unknown, start: number): void {
    const record = asRecord(value, start);
    this.of(record, start).layout.write(writer, record, start);
  }

  /** Bytes that stood for a declared member would be read as that member, or not at all. */
  unknownCode(record: Readonly<Record<string, unknown>>, offset: number): number {
    const code = record['code'];
    if (typeof code !== 'number' || !Number.isInteger(code) || code < 0 || code > 0xffff) {
      refuse('WIRE_BAD_VALUE', 'code', offset, `must be 0 to 65535, not ${show(code)}`);
    }
    const declared = this.byCode.get(code);
    if (declared === undefined) return code;
    const [name] = [...this.byName].find(([, alternative]) => alternative === declared) ?? [];
    return refuse(
      'WIRE_BAD_VALUE',
      'code',
      offset,
      `${code} is declared: use ${this.key} ${show(name)}`,
    );
  }

  of(record: Readonly<Record<string, unknown>>, offset: number): Alternative {
    const name = record[this.key];
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const names = [...this.byName.keys()].join(', ');
    return refuse('WIRE_BAD_VALUE', this.key, offset, `${show(name)} is none of ${names}`);
  }
}

function unknownShape(declared: ReadonlySet<number>, { shape }: Layout): StructShape {
  const code = { shape: { is: 'number', bits: 16, avoid: declared } } as const;
  return structShape(shape.fixedBytes, { code, ...Object.fromEntries(shape.fields) });
}

export interface TlvOptions {
  /** Structures fill whole units of this many bytes. */
  readonly unit: number;
  /** Whether their length counts the padding that fills the last unit. */
  readonly lengthCountsPadding: boolean;
}

/**
 * A union of structures that each begin with a 16-bit type and a 16-bit length of the whole:
 * actions, instructions, hello elements.
 */
export function tlvUnion<const Key extends string, const V extends Variants>(
  key: Key,
  { unit, lengthCountsPadding }: TlvOptions,
  variants: V,
): Variable<UnionOf<Key, V>> & Made<Key, V> {
  const alternatives = new Alternatives(
    key,
    variants,
    unknownFields,
    lengthCountsPadding ? unit : 1,
  );
  const checkUnit = (length: number, offset: number): void => {
    if (!lengthCountsPadding || length % unit === 0) return;
    refuse('WIRE_BAD_LENGTH', 'length', offset, `${length} is no multiple of ${unit}`);
  };
  return {
    sort: 'variable',
    shape: alternatives.shape,
    variants,
    make: alternatives.make as unknown as Constructors<Key, V>,
    read(reader) {
      const start = reader.position;
      const code = reader.u16('type');
      const lengthAt = reader.position;
      const length = reader.u16('length');
      const outer = reader.enter(start, length);
      checkUnit(length, lengthAt);
      const value = alternatives.read(reader, code, start);
      reader.leave(outer);
      if (!lengthCountsPadding) reader.alignFrom(start, unit);
      return value;
    },
    write(writer, value) {
      const start = writer.position;
      const record = asRecord(value, start);
      const { layout, code } = alternatives.of(record, start);
      writer.u16(code ?? alternatives.unknownCode(record, start));
      const lengthAt = writer.reserveLength();
      layout.write(writer, record, start);
      checkUnit(writer.since(start), lengthAt);
      writer.fillLength(lengthAt, start);
      if (!lengthCountsPadding) writer.alignFrom(start, unit);
    },
  };
}

/**
 * A union whose 16-bit tag is a field of the structure around it: `_type: tagOf('body')`. What is
 * not declared reads as `unknownFields`, by default as all that is left.
 */
export function taggedUnion<
  const Key extends string,
  const V extends Variants,
  const U extends Fields = UnknownFields,
>(key: Key, variants: V, unknown?: U): Tagged<UnionOf<Key, V, U>> & Made<Key, V> {
  const alternatives = new Alternatives(key, variants, unknown ?? unknownFields, 1);
  return {
    sort: 'tagged',
    shape: alternatives.shape,
    variants,
    make: alternatives.make as unknown as Constructors<Key, V>,
    tagFor: (value, offset) => alternatives.codeOf(value, offset),
    read: (reader, tag) => alternatives.read(reader, tag, reader.position),
    write: (writer, value) => alternatives.write(writer, value, writer.position),
  };
}
