// Flow tables: what they can do and what they count.
import { isDeepStrictEqual } from 'node:util';
import { table } from '../port-number.js';
import type { TableMod, TableStats } from '../table.js';
import type { TableFeatures, TableProperty } from '../table-features.js';
import { printable } from './printable.js';
import { sharpHex, snake } from './numbers.js';

export function tableModText({ tableId }: TableMod): string {
  return tableId === table.all ? ' table_id: ALL_TABLES' : ` table_id=${tableId}`;
}

/** Names of actions, in the words of Open vSwitch. */
export function actionNames(actions: readonly string[]): string {
  return actions.map((action) => actionWords[action] ?? snake(action)).join(' ');
}

const actionWords: Readonly<Record<string, string>> = {
  setNwTtl: 'mod_nw_ttl',
  decNwTtl: 'dec_ttl',
};

/** Tables one after another; a run of those like the one before it is told in one line. */
function runsText<T extends { readonly tableId: number }>(
  tables: readonly T[],
  show: (table: T) => string,
): string {
  const lines: string[] = [];
  let [first, last]: (number | undefined)[] = [];
  const endRun = (): void => {
    if (first === undefined) return;
    lines.push(
      first === last
        ? `\n  table ${first}: ditto\n`
        : `\n  tables ${first}...${last ?? ''}: ditto\n`,
    );
    first = undefined;
  };
  for (const [index, each] of tables.entries()) {
    const before = tables[index - 1];
    if (
      before !== undefined &&
      isDeepStrictEqual({ ...each, tableId: 0 }, { ...before, tableId: 0 })
    ) {
      first ??= each.tableId;
      last = each.tableId;
      continue;
    }
    endRun();
    lines.push(show(each));
  }
  endRun();
  return lines.join('');
}

export function tableStatsText(tables: readonly TableStats[]): string {
  return runsText(
    tables,
    ({ tableId, activeCount, lookupCount, matchedCount }) =>
      `\n  table ${tableId}:\n    active=${activeCount}, lookup=${lookupCount}, matched=${matchedCount}\n`,
  );
}

export function tableFeaturesText(tables: readonly TableFeatures[]): string {
  return runsText(tables, (features) => {
    const { tableId, name, metadataMatch, metadataWrite, maxEntries, properties } = features;
    return [
      `\n  table ${tableId}${name === '' ? '' : ` ("${printable(name)}")`}:\n`,
      `    metadata: match=${sharpHex(metadataMatch)} write=${sharpHex(metadataWrite)}\n`,
      `    max_entries=${maxEntries}\n`,
      ...properties.map((property) => `    ${propertyText(property)}\n`),
    ].join('');
  });
}

/** One line for each property as it was declared: Open vSwitch folds and groups them instead. */
function propertyText(property: TableProperty): string {
  return `${snake(property.type)}: ${valuesOf(property)}`;
}

function valuesOf(property: TableProperty): string {
  if ('instructions' in property)
    return property.instructions.map(({ type }) => snake(type)).join(' ');
  if ('tableIds' in property) return property.tableIds.join(' ');
  if ('actions' in property) return actionNames(property.actions.map(({ type }) => type));
  if ('fields' in property) return property.fields.map(({ field }) => snake(field)).join(' ');
  return 'data' in property ? property.data.toString('hex') : property.bytes.toString('hex');
}
