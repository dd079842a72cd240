/**
 * JSON with every digit of a 64-bit number, as Python prints it: a counter that the switch does not
 * keep is 18446744073709551615, not 18446744073709552000.
 */
export function toJsonText(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(toJsonText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}: ${toJsonText(member)}`,
  );
  return `{${members.join(', ')}}`;
}
