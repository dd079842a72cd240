// Text for each member of a union, declared by the member's name.
import { snake } from './numbers.js';
import { printable } from './printable.js';

/** A function for each member that has more to say than its name. */
export type Texts<Key extends string, Union extends Record<Key, string>> = {
  readonly [Name in Union[Key]]?: (member: Extract<Union, Record<Key, Name>>) => string;
};

/** What the table says of a member; of one that it does not have, the name and the fields. */
export function textOf<Key extends string, Union extends Record<Key, string>>(
  texts: Texts<Key, Union>,
  key: Key,
  member: Union,
): string {
  const table: Readonly<Record<string, unknown>> = texts;
  const show = table[member[key]];
  if (typeof show === 'function') return (show as (member: Union) => string)(member);
  return plainText(key, member);
}

/** What the text of a message says before its body. */
const inHeader = new Set(['xid', 'version']);

function plainText(key: string, member: object): string {
  const fields = Object.entries(member).filter(([name]) => name !== key && !inHeader.has(name));
  return fields.map(([name, value]) => ` ${snake(name)}=${valueText(value)}`).join('');
}

function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return `[${value.map(valueText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return printable(String(value));
  const entries = Object.entries(value);
  return `{${entries.map(([name, field]) => `${snake(name)}=${valueText(field)}`).join(',')}}`;
}
