import type { Defaulted } from './kinds.js';
import { type Variable } from './fields.js';
import { list } from './sequence.js';
import { type OxmField, oxmField } from './oxm.js';
import { refuse } from './wire-error.js';

/** OFPMT_OXM, the only match type of OpenFlow 1.3 that is not deprecated. */
const oxmMatchType = 1;
const fields = list(oxmField);

/** A flow match (section 7.2.3): the fields that a packet must have. An empty one takes all. */
export const matchFields: Variable<OxmField[]> & Defaulted = {
  sort: 'variable',
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
