import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from './address.js';
import { load16, load32, load8, store16, store32, store8 } from './bytes.js';
import type { FixedKind, Inline, Padding } from './run.js';
import { refuse } from './wire-error.js';

declare const carried: unique symbol;

/** Marks what TypeScript type a kind of field has; exists only at compile time. */
export interface Carries<T> {
  readonly [carried]?: T;
}

/** The TypeScript type that a kind of field, a structure or a message decodes to. */
export type ValueOf<K> = K extends Carries<infer T> ? T : never;

export type Fixed<T> = FixedKind<T> & Carries<T>;

/** A kind whose field constructors may leave out. */
export interface Defaulted {
  readonly initial: () => unknown;
}

/** The same kind, with a value for constructors to fill in. */
export function defaulted<K extends Carries<unknown>>(kind: K, value: ValueOf<K>): K & Defaulted {
  return { ...kind, initial: () => value };
}

function unsigned(
  size: number,
  load: (bytes: Buffer, at: number) => number,
  store: (bytes: Buffer, at: number, value: number) => void,
): Fixed<number> {
  const highest = 2 ** (8 * size) - 1;
  return {
    sort: 'fixed',
    size,
    shape: { is: 'number', bits: 8 * size },
    inline: inlineOf(size, highest),
    read: load,
    write(bytes, at, value, name) {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > highest) {
        return refuseValue(name, at, `an integer from 0 to ${highest}`, value);
      }
      store(bytes, at, value);
    },
  };
}

function inlineOf(size: number, highest: number): Inline {
  const parts = Array.from(
    { length: size },
    (_, index) => [index, 8 * (size - 1 - index)] as const,
  );
  return {
    read: (at) => {
      const sum = parts.map(([index, shift]) => `bytes[${at} + ${index}] << ${shift}`).join(' | ');
      return size === 4 ? `(${sum}) >>> 0` : sum;
    },
    fits: (value) =>
      `typeof ${value} === 'number' && ${value} >>> 0 === ${value} && ${value} <= ${highest}`,
    write: (at, value) =>
      parts.map(([index, shift]) => `bytes[${at} + ${index}] = ${value} >>> ${shift};`).join(' '),
  };
}

export const u8 = unsigned(1, load8, store8);
export const u16 = unsigned(2, load16, store16);
export const u24 = unsigned(
  3,
  (bytes, at) => (load8(bytes, at) << 16) | load16(bytes, at + 1),
  (bytes, at, value) => bytes.writeUIntBE(value, at, 3),
);
export const u32 = unsigned(4, load32, store32);

/** A number that uses only the low `bits` bits of its field. */
export function bits(count: number, base: Fixed<number>): Fixed<number> {
  const highest = 2 ** count - 1;
  const check = (name: string, at: number, value: number): number =>
    value <= highest
      ? value
      : refuse('WIRE_BAD_VALUE', name, at, `${value} has more than ${count} bits`);
  return {
    ...base,
    inline: undefined,
    shape: { is: 'number', bits: count },
    read: (bytes, at, name) => check(name, at, base.read(bytes, at, name)),
    write(bytes, at, value, name) {
      if (typeof value === 'number') check(name, at, value);
      base.write(bytes, at, value, name);
    },
  };
}

/** One bigint and its halves, lower first: hardware takes it apart faster than arithmetic does. */
const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const [lower, upper] = isLittleEndian ? [0, 1] : [1, 0];
const u64Range = 'a bigint from 0 to 2^64-1';

/** 64 bits, as bigint. */
export const u64: Fixed<bigint> = {
  sort: 'fixed',
  size: 8,
  shape: { is: 'bigint', bits: 64 },
  read(bytes, at) {
    halves[upper] = load32(bytes, at);
    halves[lower] = load32(bytes, at + 4);
    return whole[0] ?? 0n;
  },
  write(bytes, at, value, name) {
    if (typeof value !== 'bigint') return refuseValue(name, at, u64Range, value);
    whole[0] = value;
    // It keeps the lowest 64 bits of any.
    if (whole[0] !== value) return refuseValue(name, at, u64Range, value);
    store32(bytes, at, halves[upper] ?? 0);
    store32(bytes, at + 4, halves[lower] ?? 0);
  },
};

/** A number with a name for each value; other values are refused. */
export function enumeration<N extends string>(
  base: Fixed<number>,
  values: Readonly<Record<N, number>>,
): Fixed<N> {
  const codes = new Map<unknown, number>(Object.entries<number>(values));
  const names = namesByCode(values);
  const refuseName = (name: string, at: number, shown: string): never =>
    refuse('WIRE_BAD_VALUE', name, at, `${shown} is none of ${[...names.values()].join(', ')}`);
  return {
    sort: 'fixed',
    size: base.size,
    shape: { is: 'enumeration', names, bits: 8 * base.size, isOpen: false },
    read(bytes, at, name) {
      const code = base.read(bytes, at, name);
      return names.get(code) ?? refuseName(name, at, String(code));
    },
    write: (bytes, at, value, name) =>
      base.write(bytes, at, codes.get(value) ?? refuseName(name, at, show(value)), name),
  };
}

/** A number with names for the known values; others stay numbers and round-trip. */
export function openEnumeration<N extends string>(
  base: Fixed<number>,
  values: Readonly<Record<N, number>>,
): Fixed<N | number> {
  const codes = new Map<unknown, number>(Object.entries<number>(values));
  const names = namesByCode(values);
  return {
    sort: 'fixed',
    size: base.size,
    shape: { is: 'enumeration', names, bits: 8 * base.size, isOpen: true },
    read(bytes, at, name) {
      const code = base.read(bytes, at, name);
      return names.get(code) ?? code;
    },
    write: (bytes, at, value, name) => base.write(bytes, at, codes.get(value) ?? value, name),
  };
}

/** A bit that the specification does not name, by its number: kept so that it round-trips. */
export type UnnamedBit = `bit${number}`;

/** A bitmap as the list of its set bits, lowest first; `values` gives each name its bit number. */
export function flags<N extends string>(
  base: Fixed<number>,
  values: Readonly<Record<N, number>>,
): Fixed<(N | UnnamedBit)[]> & Defaulted {
  const names = Array.from({ length: 8 * base.size }, (_, bit): N | UnnamedBit => `bit${bit}`);
  for (const [name, bit] of Object.entries<number>(values)) names[bit] = name as N;
  const masks = new Map<unknown, number>(names.map((name, bit) => [name, 2 ** bit]));
  return {
    sort: 'fixed',
    size: base.size,
    shape: { is: 'flags', names },
    initial: () => [],
    read(bytes, at, name) {
      const bitmap = base.read(bytes, at, name);
      return bitmap === 0 ? [] : names.filter((_, bit) => (bitmap >>> bit) % 2 === 1);
    },
    write(bytes, at, value, name) {
      if (!Array.isArray(value)) return refuseValue(name, at, 'a list of flags', value);
      let bitmap = 0;
      for (const flag of value as unknown[]) {
        const mask = masks.get(flag);
        bitmap |= mask ?? refuseValue(name, at, `of ${names.join(', ')}`, flag);
      }
      base.write(bytes, at, bitmap >>> 0, name);
    },
  };
}

/** An Ethernet address, as `02:00:00:00:00:01`. */
export const mac: Fixed<string> = {
  sort: 'fixed',
  size: 6,
  shape: { is: 'address', of: 'mac' },
  read: (bytes, at) => formatMac(load16(bytes, at), load32(bytes, at + 2)),
  write(bytes, at, value, name) {
    const address = typeof value === 'string' ? parseMac(value) : undefined;
    if (address === undefined) return refuseValue(name, at, 'a MAC address', value);
    store16(bytes, at, Math.floor(address / 2 ** 32));
    store32(bytes, at + 2, address % 2 ** 32);
  },
};

/** An IPv4 address, as `10.0.0.1`. */
export const ipv4: Fixed<string> = {
  sort: 'fixed',
  size: 4,
  shape: { is: 'address', of: 'ipv4' },
  read: (bytes, at) => formatIpv4(load32(bytes, at)),
  write(bytes, at, value, name) {
    const address = typeof value === 'string' ? parseIpv4(value) : undefined;
    store32(bytes, at, address ?? refuseValue(name, at, 'an IPv4 address', value));
  },
};

/** An IPv6 address, as `2001:db8::1` (RFC 5952). */
export const ipv6: Fixed<string> = {
  sort: 'fixed',
  size: 16,
  shape: { is: 'address', of: 'ipv6' },
  read: (bytes, at) => formatIpv6(bytes.subarray(at, at + 16)),
  write(bytes, at, value, name) {
    const address = typeof value === 'string' ? parseIpv6(value) : undefined;
    bytes.set(address ?? refuseValue(name, at, 'an IPv6 address', value), at);
  },
};

/** Zero-filled text of at most `size` bytes, one character a byte so that any name round-trips. */
export function text(size: number): Fixed<string> {
  return {
    sort: 'fixed',
    size,
    shape: { is: 'text', size },
    read(bytes, at) {
      const zero = bytes.indexOf(0, at);
      return bytes.toString('latin1', at, zero === -1 || zero > at + size ? at + size : zero);
    },
    write(bytes, at, value, name) {
      if (typeof value !== 'string' || value.length > size || /[^\u0001-\u00ff]/.test(value)) {
        return refuseValue(name, at, `Latin-1 text of at most ${size} bytes`, value);
      }
      bytes.fill(0, at, at + size);
      bytes.write(value, at, 'latin1');
    },
  };
}

/** Exactly `size` bytes; decoded, they are a view of the frame, not a copy. */
export function octets(size: number): Fixed<Buffer> {
  return {
    sort: 'fixed',
    size,
    shape: { is: 'bytes', size },
    read: (bytes, at) => bytes.subarray(at, at + size),
    write(bytes, at, value, name) {
      if (!(value instanceof Uint8Array) || value.length !== size) {
        return refuseValue(name, at, `a Buffer of ${size} bytes`, value);
      }
      bytes.set(value, at);
    },
  };
}

/** A value that is always the same, and so is no part of the decoded object. */
export function constant(base: Fixed<number>, value: number): FixedKind {
  const kind: FixedKind = { ...base, inline: undefined };
  return { ...kind, write: (bytes, at, _value, name) => base.write(bytes, at, value, name) };
}

/** Bytes that mean nothing: written as zero, ignored when read. */
export function pad(size: number): Padding {
  return { sort: 'padding', size };
}

/** A value for an error message, whatever it is, and short. */
export function show(value: unknown): string {
  const shown =
    typeof value === 'object' && value !== null
      ? 'an object'
      : typeof value === 'string'
        ? JSON.stringify(value)
        : String(value);
  return shown.length > 60 ? `${shown.slice(0, 60)}...` : shown;
}

function refuseValue(name: string, at: number, wanted: string, value: unknown): never {
  return refuse('WIRE_BAD_VALUE', name, at, `must be ${wanted}, not ${show(value)}`);
}

function namesByCode<N extends string>(values: Readonly<Record<N, number>>): Map<number, N> {
  return new Map(Object.entries<number>(values).map(([name, code]) => [code, name as N]));
}
