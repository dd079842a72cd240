import { breath } from './breath.js';

/** Stands around a number that JSON.stringify cannot write; as a control character it is escaped. */
const MARK = '\u0001';
const OPENING = '"\\u0001';
const MARKED = /"\\u0001(-?\d+)\\u0001"/g;

/**
 * JSON with every digit of a 64-bit number, as Python prints it: a counter that the switch does not
 * keep is 18446744073709551615, not 18446744073709552000.
 */
export function toJsonText(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'bigint') return part;
    const number = Number(part);
    if (Number.isSafeInteger(number)) return number;
    return `${MARK}${part}${MARK}`;
  });
  return text.includes(OPENING) ? text.replace(MARKED, '$1') : text;
}

/** `{"key": [...]}` of a list that may be long: other work comes in between its entries. */
export async function listToJsonText(key: string, list: readonly unknown[]): Promise<string> {
  const pause = breath();
  const entries: string[] = [];
  for (const entry of list) {
    entries.push(toJsonText(entry));
    await pause();
  }
  return `{${JSON.stringify(key)}:[${entries.join(',')}]}`;
}
