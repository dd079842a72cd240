import type { Defaulted } from './kinds.js';
import { type Variable } from './fields.js';
import { list } from './sequence.js';
import { type OxmField, oxmField, type OxmName, type OxmValue } from './oxm.js';
import { oxmFields, type OxmFields } from './oxm-registry.js';
import { refuse } from './wire-error.js';

/** OFPMT_OXM, the only match type of OpenFlow 1.3 that is not deprecated. */
const oxmMatchType = 1;
const fields = list(oxmField);

/** A flow match (section 7.2.3): the fields that a packet must have. An empty one takes all. */
export const matchFields: Variable<OxmField[]> & Defaulted = {
  sort: 'variable',
  shape: fields.shape,
  initial: () => [],
  read(reader) {
    const start = reader.position;
    const type = reader.u16('type');
    if (type !== oxmMatchType) {
      refuse('WIRE_BAD_VALUE', 'type', start, `${type} is not OFPMT_OXM (${oxmMatchType})`);
    }
    const outer = reader.enter(start, reader.u16('length'));
    const value = fields.read(reader);
    reader.leave(outer);
    reader.alignFrom(start, 8);
    return value;
  },
  write(writer, value) {
    const start = writer.position;
    writer.u16(oxmMatchType);
    const lengthAt = writer.reserveLength();
    fields.write(writer, value);
    writer.fillLength(lengthAt, start);
    writer.alignFrom(start, 8);
  },
};

/** What `match` takes: a value for each field, or a value and a mask. */
export type MatchFields = {
  [N in OxmName]?:
    | OxmValue<N>
    | (OxmFields[N]['maskable'] extends true ? { value: OxmValue<N>; mask: OxmValue<N> } : never);
};

const order = new Map(Object.keys(oxmFields).map((name, index) => [name, index]));

/**
 * A match from plain values, in the order of the field numbers, which puts every field after
 * its prerequisites as section 7.2.3.6 demands. Throws WireError for a field that does not exist.
 */
export function match(fields: MatchFields): OxmField[] {
  return Object.entries(fields)
    .filter(([, wanted]) => (wanted as unknown) !== undefined)
    .map(([name, wanted]) => ({
      rank: rankOf(name),
      field: { field: name, ...(isPlain(wanted) ? { value: wanted } : (wanted as object)) },
    }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ field }) => field as OxmField);
}

function isPlain(wanted: unknown): boolean {
  return typeof wanted !== 'object' || wanted instanceof Uint8Array;
}

function rankOf(name: string): number {
  return order.get(name) ?? refuse('WIRE_BAD_VALUE', `match.${name}`, 0, 'is not a match field');
}
