import type { Variable } from './fields.js';
import { show } from './kinds.js';
import { asRecord } from './layout.js';
import { oxmClass } from './oxm-field.js';
import { formsAt, formsOf, type OxmName, packHeader, unpackHeader } from './oxm-registry.js';
import { oxmFields } from './oxm-registry.js';
import { structShape, type UnionShape } from './shape.js';
import { refuse } from './wire-error.js';

/**
 * Which match field is meant, without a value: its header alone, followed by the experimenter's
 * number in class 0xffff (section 7.2.3.2).
 */
export type OxmId =
  | { field: OxmName; hasMask: boolean; length: number }
  /** A field without a name here. */
  | { field: 'unknown'; class: number; code: number; hasMask: boolean; length: number }
  /** One of class 0xffff. */
  | { field: 'experimenter'; experimenter: number; code: number; hasMask: boolean; length: number };

interface Place {
  readonly class: number;
  readonly code: number;
  readonly experimenter?: number | undefined;
}

/** The id of a field that has a name; `length` as a match of it would have. */
export function oxmId(name: OxmName, hasMask = false): OxmId {
  const forms = formsOf(name);
  const form = hasMask ? forms?.masked : forms?.exact;
  if (form === undefined) {
    refuse('WIRE_BAD_VALUE', name, 0, hasMask ? 'takes no mask' : 'is not a match field');
  }
  return { field: name, hasMask, length: form.size };
}

/** One id. The length is kept, because switches differ in whether it counts a mask. */
export const oxmIdField: Variable<OxmId> = {
  sort: 'variable',
  shape: shapeOfIds(),
  read(reader) {
    const { class: oxmClassOf, code, hasMask, length } = unpackHeader(reader.u32('header'));
    const experimenter =
      oxmClassOf === oxmClass.experimenter ? reader.u32('experimenter') : undefined;
    const known = formsAt(oxmClassOf, code, experimenter);
    if (known !== undefined) return { field: known.exact.name, hasMask, length };
    if (experimenter === undefined) {
      return { field: 'unknown', class: oxmClassOf, code, hasMask, length };
    }
    return { field: 'experimenter', experimenter, code, hasMask, length };
  },
  write(writer, value) {
    const start = writer.position;
    const record = asRecord(value, start);
    const { class: oxmClassOf, code, experimenter } = placeOf(record, start);
    const length = numberOf(record, 'length', 0x100, start);
    writer.u32(
      packHeader({ class: oxmClassOf, code, hasMask: record['hasMask'] === true, length }),
    );
    if (experimenter !== undefined) writer.u32(experimenter);
  },
};

function placeOf(record: Readonly<Record<string, unknown>>, start: number): Place {
  const name = record['field'];
  const known = formsOf(name)?.declaration;
  if (known !== undefined) {
    return { class: known.oxmClass, code: known.code, experimenter: known.experimenter };
  }
  if (name !== 'unknown' && name !== 'experimenter') {
    refuse('WIRE_BAD_VALUE', 'field', start, `${show(name)} is not a match field`);
  }
  const code = numberOf(record, 'code', 0x80, start);
  return name === 'unknown'
    ? { class: numberOf(record, 'class', oxmClass.experimenter, start), code }
    : {
        class: oxmClass.experimenter,
        code,
        experimenter: numberOf(record, 'experimenter', 2 ** 32, start),
      };
}

function numberOf(
  record: Readonly<Record<string, unknown>>,
  key: string,
  limit: number,
  start: number,
): number {
  const value = record[key];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < limit
    ? value
    : refuse('WIRE_BAD_VALUE', key, start, `must be 0 to ${limit - 1}, not ${show(value)}`);
}

function shapeOfIds(): UnionShape {
  const hasMask = { shape: { is: 'boolean' } } as const;
  const length = { shape: { is: 'number', bits: 8 } } as const;
  const members = new Map(
    Object.keys(oxmFields).map((name) => [name, structShape(0, { hasMask, length })]),
  );
  const declared = new Set<number>(Object.values(oxmClass));
  const oxmClassOf = { shape: { is: 'number', bits: 16, avoid: declared } } as const;
  const code = { shape: { is: 'number', bits: 7 } } as const;
  const experimenter = { shape: { is: 'number', bits: 32 } } as const;
  members.set('unknown', structShape(0, { class: oxmClassOf, code, hasMask, length }));
  members.set('experimenter', structShape(0, { experimenter, code, hasMask, length }));
  return { is: 'union', key: 'field', members, unit: 1 };
}
