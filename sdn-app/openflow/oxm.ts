import type { Simplify, Variable } from './fields.js';
import { show, type ValueOf } from './kinds.js';
import { asRecord } from './layout.js';
import { oxmClass } from './oxm-field.js';
import {
  formAt,
  formsAt,
  formsOf,
  oxmFields,
  type OxmFields,
  type OxmName,
  packHeader,
  unpackHeader,
} from './oxm-registry.js';
import { type FieldShape, structShape, type UnionShape } from './shape.js';
import { Reader, type Writer } from './wire.js';
import { refuse } from './wire-error.js';

export type { OxmName } from './oxm-registry.js';

export type OxmValue<N extends OxmName> = ValueOf<OxmFields[N]['kind']>;
type Mask<N extends OxmName> = OxmFields[N]['maskable'] extends true
  ? { mask?: OxmValue<N> }
  : unknown;
type Known = {
  [N in OxmName]: Simplify<{ field: N; value: OxmValue<N> } & Mask<N>>;
}[OxmName];

/** A field without a name here, by its class and number: kept as bytes, value and mask. */
export interface UnknownOxm {
  field: 'unknown';
  class: number;
  /** Field number within the class, 7 bits. */
  code: number;
  hasMask: boolean;
  /** At most 255; in class 0xffff they begin with the experimenter's number. */
  bytes: Buffer;
}

/** One match field (an OXM TLV, section 7.2.3.2), as matches and set-field actions carry it. */
export type OxmField = Known | UnknownOxm;

/** One OXM TLV. */
export const oxmField: Variable<OxmField> = {
  sort: 'variable',
  shape: shapeOfFields(),
  read(reader) {
    const start = reader.position;
    const header = reader.u32('header');
    const form = formAt(header, reader.peekU32(0));
    // A length that goes too far is refused below.
    if (form !== undefined && form.size <= reader.remaining) return form.layout.read(reader);
    return readUnknown(reader, header, start);
  },
  write(writer, value) {
    const record = asRecord(value, writer.position);
    const known = formsOf(record['field']);
    if (known === undefined) {
      writeUnknown(writer, record);
      return;
    }
    const form = record['mask'] === undefined ? known.exact : known.masked;
    if (form === undefined) {
      refuse('WIRE_BAD_VALUE', 'mask', writer.position, `${show(record['field'])} takes no mask`);
    }
    writer.u32(form.header);
    form.layout.write(writer, record);
  },
};

function readUnknown(reader: Reader, header: number, start: number): UnknownOxm {
  const { class: oxmClassOf, code, hasMask, length } = unpackHeader(header);
  checkSize(oxmClassOf, code, hasMask, length, start);
  const bytes = reader.bytes(length, 'bytes');
  return { field: 'unknown', class: oxmClassOf, code, hasMask, bytes };
}

/** Sizes of the fields of the specification are known, also of those with a mask they do not take. */
function checkSize(
  oxmClassOf: number,
  code: number,
  hasMask: boolean,
  length: number,
  start: number,
): void {
  const known = oxmClassOf === oxmClass.basic ? formsAt(oxmClassOf, code, undefined) : undefined;
  const size = known?.declaration.kind.size;
  if (size === undefined || length === (hasMask ? 2 * size : size)) return;
  refuse('WIRE_BAD_LENGTH', 'length', start, `${length} is not the size of field ${code}`);
}

function writeUnknown(writer: Writer, record: Readonly<Record<string, unknown>>): void {
  const start = writer.position;
  if (record['field'] !== 'unknown') {
    refuse('WIRE_BAD_VALUE', 'field', start, `${show(record['field'])} is not a match field`);
  }
  const { class: oxmClassOf, code, hasMask, bytes } = record as Partial<UnknownOxm>;
  if (
    !isBelow(oxmClassOf, 0x10000) ||
    !isBelow(code, 0x80) ||
    !(bytes instanceof Uint8Array) ||
    bytes.length > 0xff
  ) {
    const wanted = 'class 0 to 65535, code 0 to 127 and bytes of at most 255';
    refuse('WIRE_BAD_VALUE', 'unknown', start, `must have ${wanted}`);
  }
  const length = bytes.length;
  const header = packHeader({ class: oxmClassOf, code, hasMask: hasMask === true, length });
  const reader = new Reader(Buffer.from(bytes));
  const declared = formAt(header, reader.peekU32(0));
  if (declared !== undefined) {
    // It would be read as that field.
    refuse('WIRE_BAD_VALUE', 'unknown', start, `is declared: use field ${show(declared.name)}`);
  }
  checkSize(oxmClassOf, code, hasMask === true, length, start);
  writer.u32(header);
  writer.bytes(bytes);
}

function shapeOfFields(): UnionShape {
  const members = new Map(
    Object.entries(oxmFields).map(([name, { kind, maskable }]) => {
      const value = { shape: kind.shape };
      const mask: FieldShape = { ...value, isOptional: true };
      return [name, structShape(0, maskable ? { value, mask } : { value })] as const;
    }),
  );
  const declared = new Set<number>(Object.values(oxmClass));
  members.set(
    'unknown',
    structShape(0, {
      class: { shape: { is: 'number', bits: 16, avoid: declared } },
      code: { shape: { is: 'number', bits: 7 } },
      hasMask: { shape: { is: 'boolean' } },
      bytes: { shape: { is: 'bytes' } },
    }),
  );
  return { is: 'union', key: 'field', members, unit: 1 };
}

function isBelow(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < limit;
}
