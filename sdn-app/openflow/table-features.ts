import { action } from './action.js';
import { structLength } from './fields.js';
import { instruction } from './instruction.js';
import { defaulted, pad, text, u32, u64, u8, type ValueOf } from './kinds.js';
import { oxmIdField } from './oxm-id.js';
import { list, restBytes, single } from './sequence.js';
import { defineStruct } from './struct.js';
import { tlvUnion, type Variant, variant } from './union.js';

const section = '7.3.5.5.2';

/** `data` is empty; only switches that follow OpenFlow 1.3.0 pad the headers of actions. */
const idFields = { data: restBytes };
const experimenterFields = { experimenter: u32, data: restBytes };

type IdVariants<V> = {
  readonly [N in keyof V]: Variant<
    N extends 'experimenter' ? typeof experimenterFields : typeof idFields
  >;
};

/** A union like the one of these variants, of which each member is named and nothing more. */
function idsOf<const V extends Readonly<Record<string, Variant>>>(variants: V) {
  const ids = Object.fromEntries(
    Object.entries(variants).map(([name, { code }]) => [
      name,
      variant(code, section, name === 'experimenter' ? experimenterFields : idFields),
    ]),
  );
  return tlvUnion('type', { unit: 1, lengthCountsPadding: true }, ids as IdVariants<V>);
}

/** Which instruction, or which action, is meant (section 7.3.5.5.2). */
export const instructionId = idsOf(instruction.variants);
export type InstructionId = ValueOf<typeof instructionId>;
export const actionId = idsOf(action.variants);
export type ActionId = ValueOf<typeof actionId>;

const instructions = { instructions: list(instructionId) };
const nextTables = { tableIds: list(single(u8)) };
const actions = { actions: list(actionId) };
const fields = { fields: list(oxmIdField) };
const experimental = { experimenter: u32, experimenterType: u32, data: restBytes };

/**
 * What a table can do (section 7.3.5.5.2). A property `...Miss` is about the table-miss entry;
 * without it that entry can do what the others can.
 */
export const tableProperty = tlvUnion(
  'type',
  { unit: 8, lengthCountsPadding: false },
  {
    instructions: variant(0, section, instructions),
    instructionsMiss: variant(1, section, instructions),
    nextTables: variant(2, section, nextTables),
    nextTablesMiss: variant(3, section, nextTables),
    writeActions: variant(4, section, actions),
    writeActionsMiss: variant(5, section, actions),
    applyActions: variant(6, section, actions),
    applyActionsMiss: variant(7, section, actions),
    match: variant(8, section, fields),
    /** Fields that a match may leave out. */
    wildcards: variant(10, section, fields),
    writeSetField: variant(12, section, fields),
    writeSetFieldMiss: variant(13, section, fields),
    applySetField: variant(14, section, fields),
    applySetFieldMiss: variant(15, section, fields),
    experimenter: variant(0xfffe, section, experimental),
    experimenterMiss: variant(0xffff, section, experimental),
  },
);
export type TableProperty = ValueOf<typeof tableProperty>;

/** A flow table (section 7.3.5.5.1). */
export const tableFeatures = defineStruct('7.3.5.5.1', {
  _length: structLength,
  tableId: u8,
  _pad: pad(5),
  name: text(32),
  /** Bits of the metadata that can be matched, and those that can be written. */
  metadataMatch: u64,
  metadataWrite: u64,
  config: defaulted(u32, 0),
  maxEntries: u32,
  properties: list(tableProperty),
});
export type TableFeatures = ValueOf<typeof tableFeatures>;
