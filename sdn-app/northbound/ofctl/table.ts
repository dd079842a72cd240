/** Statistics and features of flow tables. */
import {
  action,
  instruction,
  multipartRequestBody,
  type ActionId,
  type InstructionId,
  type OxmId,
  type TableProperty,
} from '../../openflow/index.js';
import { nameOfId } from './oxm-name.js';
import { nameOf, RESERVED } from './scalar.js';
import { statistic } from './statistic.js';

const { table } = RESERVED;
const { make } = multipartRequestBody;

/** Bytes of the type and length of an instruction or action. */
const ID_BYTES = 4;

export const tableStatistic = statistic<'tableStats'>({
  path: 'table',
  summary: 'Counters of flow tables',
  request: () => make.tableStats(),
  show: ({ tables }) =>
    tables.map((each) => ({
      active_count: each.activeCount,
      lookup_count: each.lookupCount,
      matched_count: each.matchedCount,
      table_id: nameOf(table, each.tableId),
    })),
});

export const tableFeatures = statistic<'tableFeatures'>({
  path: 'tablefeatures',
  summary: 'What each flow table can do',
  request: () => make.tableFeatures({ tables: [] }),
  show: ({ tables }) =>
    tables.map((each) => ({
      name: each.name,
      metadata_match: each.metadataMatch,
      metadata_write: each.metadataWrite,
      config: each.config,
      max_entries: each.maxEntries,
      properties: each.properties.map(showProperty),
      table_id: nameOf(table, each.tableId),
    })),
});

const NAMES: Readonly<Partial<Record<TableProperty['type'], string>>> = {
  writeSetField: 'WRITE_SETFIELD',
  writeSetFieldMiss: 'WRITE_SETFIELD_MISS',
  applySetField: 'APPLY_SETFIELD',
  applySetFieldMiss: 'APPLY_SETFIELD_MISS',
  unknown: 'UNKNOWN',
};

function showProperty(property: TableProperty): Record<string, unknown> {
  const { type: kind } = property;
  const type = NAMES[kind] ?? kind.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  if ('instructions' in property) {
    return { type, instruction_ids: property.instructions.map(showInstructionId) };
  }
  if ('tableIds' in property) return { type, table_ids: property.tableIds };
  if ('actions' in property) return { type, action_ids: property.actions.map(showActionId) };
  if ('fields' in property) return { type, oxm_ids: property.fields.map(showField) };
  return { type };
}

function showInstructionId(id: InstructionId): Record<string, unknown> {
  return { len: lengthOf(id), type: codeOf(instruction.variants, id) };
}

function showActionId(id: ActionId): Record<string, unknown> {
  return { len: lengthOf(id), type: codeOf(action.variants, id) };
}

function codeOf(
  variants: Readonly<Record<string, { readonly code: number }>>,
  id: InstructionId | ActionId,
): number {
  return id.type === 'unknown' ? id.code : (variants[id.type]?.code ?? 0);
}

function lengthOf(id: InstructionId | ActionId): number {
  const experimenter = 'experimenter' in id ? 4 : 0;
  const rest = 'data' in id ? id.data.length : id.bytes.length;
  return ID_BYTES + experimenter + rest;
}

function showField(id: OxmId): Record<string, unknown> {
  return { hasmask: id.hasMask ? 1 : 0, length: id.length, type: nameOfId(id) };
}
