import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A frame from `test/vectors/openflow`, and what it must decode to. */
export interface Vector {
  readonly name: string;
  readonly frame: Buffer;
  readonly expected: unknown;
}

const folder = join(import.meta.dirname, '../../../../test/vectors/openflow');

/**
 * Each file: hexadecimal bytes with a comment a field, a line `---`, and the decoded message as
 * JSON, in which "0x..n" is a bigint and {"hex": "..."} is bytes.
 */
export const vectors: readonly Vector[] = readdirSync(folder)
  .filter((file) => file.endsWith('.hex'))
  .map((file) => {
    const [bytes = '', json = ''] = readFileSync(join(folder, file), 'utf8').split(/^---$/m);
    const hex = bytes.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, '');
    const expected: unknown = JSON.parse(json, reviveValue);
    return { name: file.replace('.hex', ''), frame: Buffer.from(hex, 'hex'), expected };
  });

function reviveValue(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && /^0x[0-9a-f]+n$/.test(value)) return BigInt(value.slice(0, -1));
  if (typeof value === 'object' && value !== null && 'hex' in value) {
    return Buffer.from(String(value.hex), 'hex');
  }
  return value;
}
