// A value and its mask, in the forms that Open vSwitch has for each sort of field.
import { parseIpv4, parseIpv6, parseMac } from '../address.js';
import { hex, sharpHex } from './numbers.js';
import { portName } from './port-names.js';

export type Plain = number | bigint | string | Uint8Array;

/** What is known of a field: its value in the bits that `mask` has; all of them without one. */
export interface Seen {
  readonly value: Plain;
  readonly mask?: Plain | undefined;
}

export type Format = (seen: Seen) => string;

/** Decimal; with a mask, hexadecimal. */
export const decimal: Format = ({ value, mask }) =>
  mask === undefined ? String(value) : `${anyHex(value)}/${anyHex(mask)}`;

export const hexadecimal: Format = ({ value, mask }) =>
  mask === undefined ? sharp(value) : `${sharp(value)}/${sharp(mask)}`;

/** Hexadecimal with at least so many digits. */
export function padded(digits: number): Format {
  const show = (value: Plain): string => anyHex(value, digits);
  return ({ value, mask }) => (mask === undefined ? show(value) : `${show(value)}/${show(mask)}`);
}

/** The mask of an address is a prefix length where it can be. */
export const address: Format = ({ value, mask }) => {
  if (mask === undefined) return String(value);
  const length = prefixLength(String(mask));
  if (length === addressBits(String(mask))) return String(value);
  return `${String(value)}/${length ?? String(mask)}`;
};

export const ethernet: Format = ({ value, mask }) =>
  mask === undefined || mask === 'ff:ff:ff:ff:ff:ff'
    ? String(value)
    : `${String(value)}/${String(mask)}`;

export const portNumber: Format = ({ value }) =>
  typeof value === 'number' ? portName(value) : String(value);

/** Without a mask all bits count; with one of zeros none does. */
export function isWildcard({ mask }: Seen): boolean {
  if (mask === undefined) return false;
  if (mask instanceof Uint8Array) return mask.every((byte) => byte === 0);
  if (typeof mask !== 'string') return BigInt(mask) === 0n;
  return parseMac(mask) === 0 || parseIpv4(mask) === 0 || isZero(parseIpv6(mask));
}

function isZero(bytes: Uint8Array | undefined): boolean {
  return bytes?.every((byte) => byte === 0) ?? false;
}

function anyHex(value: Plain, digits?: number): string {
  if (value instanceof Uint8Array) return hex(BigInt(`0x0${Buffer.from(value).toString('hex')}`));
  return typeof value === 'string' ? value : hex(value, digits);
}

function sharp(value: Plain): string {
  return typeof value === 'number' || typeof value === 'bigint' ? sharpHex(value) : anyHex(value);
}

function addressBits(mask: string): number {
  return mask.includes(':') ? 128 : 32;
}

/** How many ones a mask begins with; undefined when others follow. */
function prefixLength(mask: string): number | undefined {
  const v4 = parseIpv4(mask);
  const bits = [...(v4 === undefined ? (parseIpv6(mask) ?? []) : bytesOf(v4))]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined;
}

function bytesOf(v4: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(v4);
  return bytes;
}
