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

/** In the order of Open vSwitch; others follow. */
const actionOrder = [
  ...['output', 'group', 'setField', 'popVlan', 'pushVlan', 'setNwTtl', 'decNwTtl', 'setMplsTtl'],
  ...['decMplsTtl', 'pushMpls', 'popMpls', 'setQueue'],
];
const actionWords: Readonly<Record<string, string>> = {
  setNwTtl: 'mod_nw_ttl',
  decNwTtl: 'dec_ttl',
  popVlan: 'strip_vlan',
};

/** Names of actions, in the words of Open vSwitch. */
export function actionNames(actions: readonly string[]): string {
  return [
    ...actionOrder.filter((action) => actions.includes(action)),
    ...actions.filter((action) => !actionOrder.includes(action)),
  ]
    .map((action) => actionWords[action] ?? snake(action))
    .join(' ');
}

/** Tables one after another; a run of those like the one before it is told in one line. */
function runsText<T extends { readonly tableId: number }>(
  tables: readonly T[],
  isLike: (table: T, before: T) => boolean,
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
    if (before !== undefined && isLike(each, before)) {
      first ??= each.tableId;
      last = each.tableId;
    } else {
      endRun();
      lines.push(show(each));
    }
  }
  endRun();
  return lines.join('');
}

export function tableStatsText(tables: readonly TableStats[]): string {
  return runsText(
    tables,
    (each, before) => isDeepStrictEqual({ ...each, tableId: before.tableId }, before),
    ({ tableId, activeCount, lookupCount, matchedCount }) =>
      `\n  table ${tableId}:\n    active=${activeCount}, lookup=${lookupCount}, matched=${matchedCount}\n`,
  );
}

export function tableFeaturesText(tables: readonly TableFeatures[]): string {
  return runsText(tables, isLike, (features) => {
    const { tableId, name, metadataMatch, metadataWrite, maxEntries, properties } = features;
    return [
      `\n  table ${tableId}${name === '' ? '' : ` ("${printable(name)}")`}:\n`,
      `    metadata: match=${sharpHex(metadataMatch)} write=${sharpHex(metadataWrite)}\n`,
      `    max_entries=${maxEntries}\n`,
      ...properties.map((property) => `    ${propertyText(property)}\n`),
    ].join('');
  });
}

/** Whether tables differ in no more than their names and the tables behind each. */
function isLike(table: TableFeatures, before: TableFeatures): boolean {
  return isDeepStrictEqual(comparable(table), comparable(before));
}

function comparable(table: TableFeatures): object {
  const properties = table.properties.map((property) =>
    'tableIds' in property
      ? { type: property.type, areLater: property.tableIds.every((each) => each > table.tableId) }
      : property,
  );
  return { ...table, tableId: 0, name: '', properties };
}

/** One line for each property as it was declared: Open vSwitch folds and groups them instead. */
function propertyText(property: TableProperty): string {
  return `${snake(property.type)}: ${valuesOf(property)}`;
}

function valuesOf(property: TableProperty): string {
  if ('instructions' in property) {
    return property.instructions.map(({ type }) => snake(type)).join(' ');
  }
  if ('tableIds' in property) return rangesText(property.tableIds);
  if ('actions' in property) return actionNames(property.actions.map(({ type }) => type));
  if ('fields' in property) return fieldsText(property.fields.map(({ field }) => field));
  return 'data' in property ? property.data.toString('hex') : property.bytes.toString('hex');
}

/** Open vSwitch has dozens of fields without a name here, its tunnel metadata above all. */
function fieldsText(names: readonly string[]): string {
  const named = names.filter((name) => name !== 'unknown' && name !== 'experimenter').map(snake);
  const unnamed = names.length - named.length;
  return [...named, ...(unnamed === 0 ? [] : [`and ${unnamed} more`])].join(' ');
}

/** `1-3,7` of ascending numbers. */
function rangesText(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range !== undefined && range[1] + 1 === number) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
    .join(',');
}
