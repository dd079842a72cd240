import type { Parser } from 'binary-parser/dist/binary_parser.js';
import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from './address.js';
import type { FixedKind, Formatter, Padding, Site } from './wire.js';

declare const carried: unique symbol;

/** Marks what TypeScript type a kind of field has; exists only at compile time. */
export interface Carries<T> {
  readonly [carried]?: T;
}

/** The TypeScript type that a kind of field, a structure or a message decodes to. */
export type ValueOf<K> = K extends Carries<infer T> ? T : never;

export type Fixed<T> = FixedKind & Carries<T>;

/** A kind whose field constructors may leave out. */
export interface Defaulted {
  readonly initial: () => unknown;
}

/** The same kind, with a value for constructors to fill in. */
export function defaulted<K extends Carries<unknown>>(kind: K, value: ValueOf<K>): K & Defaulted {
  return { ...kind, initial: () => value };
}

type Options = { formatter?: Formatter };

function unsigned(
  size: number,
  parse: (parser: Parser, name: string, options: Options) => void,
  store: (buffer: Buffer, at: number, value: number) => void,
): Fixed<number> {
  const highest = 2 ** (8 * size) - 1;
  return {
    sort: 'fixed',
    size,
    shape: { is: 'number', bits: 8 * size },
    parse: (parser, name, _site, formatter) =>
      parse(parser, name, formatter === undefined ? {} : { formatter }),
    write(buffer, at, value, site) {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > highest) {
        return site.refuse(`must be an integer from 0 to ${highest}, not ${show(value)}`);
      }
      store(buffer, at, value);
    },
  };
}

export const u8 = unsigned(
  1,
  (parser, name, options) => parser.uint8(name, options),
  (buffer, at, value) => buffer.writeUInt8(value, at),
);
export const u16 = unsigned(
  2,
  (parser, name, options) => parser.uint16be(name, options),
  (buffer, at, value) => buffer.writeUInt16BE(value, at),
);
export const u24 = unsigned(
  3,
  (parser, name, options) => parser.bit24(name, options),
  (buffer, at, value) => buffer.writeUIntBE(value, at, 3),
);
export const u32 = unsigned(
  4,
  (parser, name, options) => parser.uint32be(name, options),
  (buffer, at, value) => buffer.writeUInt32BE(value, at),
);

/** A number that uses only the low `bits` bits of its field. */
export function bits(count: number, base: Fixed<number>): Fixed<number> {
  const highest = 2 ** count - 1;
  return {
    sort: 'fixed',
    size: base.size,
    shape: { is: 'number', bits: count },
    parse(parser, name, site) {
      base.parse(parser, name, site, (value) =>
        value <= highest ? value : site.refuse(`${value} has more than ${count} bits`),
      );
    },
    write(buffer, at, value, site) {
      if (typeof value === 'number' && value > highest)
        site.refuse(`${show(value)} has more than ${count} bits`);
      base.write(buffer, at, value, site);
    },
  };
}

/** 64 bits, as bigint. */
export const u64: Fixed<bigint> = {
  sort: 'fixed',
  size: 8,
  shape: { is: 'bigint', bits: 64 },
  parse: (parser, name) => parser.uint64be(name),
  write(buffer, at, value, site) {
    if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn) {
      return site.refuse(`must be a bigint from 0 to 2^64-1, not ${show(value)}`);
    }
    buffer.writeBigUInt64BE(value, at);
  },
};

/** A number with a name for each value; other values are refused. */
export function enumeration<N extends string>(
  base: Fixed<number>,
  values: Readonly<Record<N, number>>,
): Fixed<N> {
  const codes = new Map<unknown, number>(Object.entries<number>(values));
  const names = namesByCode(values);
  return {
    sort: 'fixed',
    size: base.size,
    shape: { is: 'enumeration', names, bits: 8 * base.size, isOpen: false },
    parse(parser, name, site) {
      const refuseCode = (code: number): never =>
        site.refuse(`${code} is none of ${describe(names)}`);
      base.parse(parser, name, site, (code) => names.get(code) ?? refuseCode(code));
    },
    write(buffer, at, value, site) {
      const code = codes.get(value) ?? site.refuse(`${show(value)} is none of ${describe(names)}`);
      base.write(buffer, at, code, site);
    },
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
    parse(parser, name, site) {
      base.parse(parser, name, site, (code) => names.get(code) ?? code);
    },
    write: (buffer, at, value, site) => base.write(buffer, at, codes.get(value) ?? value, site),
  };
}

/** A bit that the specification does not name, by its number: kept so that it round-trips. */
export type UnnamedBit = `bit${number}`;

/** A bitmap as the list of its set bits, lowest first; `values` gives each name its bit number. */
export function flags<N extends string>(
  base: Fixed<number>,
  values: Readonly<Record<N, number>>,
): Fixed<(N | UnnamedBit)[]> & Defaulted {
  const names = Array.from({ length: 8 * base.size }, (_, bit) => `bit${bit}`);
  for (const [name, bit] of Object.entries<number>(values)) names[bit] = name;
  const masks = new Map<unknown, number>(names.map((name, bit) => [name, 2 ** bit]));
  return {
    sort: 'fixed',
    size: base.size,
    shape: { is: 'flags', names },
    initial: () => [],
    parse(parser, name, site) {
      base.parse(parser, name, site, (bitmap) =>
        bitmap === 0 ? [] : names.filter((_, bit) => (bitmap >>> bit) % 2 === 1),
      );
    },
    write(buffer, at, value, site) {
      if (!Array.isArray(value)) site.refuse(`must be a list of flags, not ${show(value)}`);
      let bitmap = 0;
      for (const flag of value as unknown[]) {
        bitmap |= masks.get(flag) ?? site.refuse(`${show(flag)} is none of ${names.join(', ')}`);
      }
      base.write(buffer, at, bitmap >>> 0, site);
    },
  };
}

/** An Ethernet address, as `02:00:00:00:00:01`. */
export const mac: Fixed<string> = {
  sort: 'fixed',
  size: 6,
  shape: { is: 'address', of: 'mac' },
  parse(parser, name) {
    // Two integers read into the same property: cheaper than a view of six bytes.
    let high = 0;
    parser.uint16be(name, { formatter: (bits: number) => (high = bits) });
    parser.uint32be(name, { formatter: (low: number) => formatMac(high, low) });
  },
  write(buffer, at, value, site) {
    const address = typeof value === 'string' ? parseMac(value) : undefined;
    buffer.writeUIntBE(address ?? refuseAddress(value, 'a MAC address', site), at, 6);
  },
};

/** An IPv4 address, as `10.0.0.1`. */
export const ipv4: Fixed<string> = {
  sort: 'fixed',
  size: 4,
  shape: { is: 'address', of: 'ipv4' },
  parse: (parser, name) => parser.uint32be(name, { formatter: formatIpv4 }),
  write(buffer, at, value, site) {
    const address = typeof value === 'string' ? parseIpv4(value) : undefined;
    buffer.writeUInt32BE(address ?? refuseAddress(value, 'an IPv4 address', site), at);
  },
};

/** An IPv6 address, as `2001:db8::1` (RFC 5952). */
export const ipv6: Fixed<string> = {
  sort: 'fixed',
  size: 16,
  shape: { is: 'address', of: 'ipv6' },
  parse: (parser, name) => parser.buffer(name, { length: 16, formatter: formatIpv6 }),
  write(buffer, at, value, site) {
    const address = typeof value === 'string' ? parseIpv6(value) : undefined;
    buffer.set(address ?? refuseAddress(value, 'an IPv6 address', site), at);
  },
};

/** Zero-filled text of at most `size` bytes, one character a byte so that any name round-trips. */
export function text(size: number): Fixed<string> {
  return {
    sort: 'fixed',
    size,
    shape: { is: 'text', size },
    parse: (parser, name) =>
      parser.buffer(name, {
        length: size,
        formatter: (bytes: Buffer) => {
          const end = bytes.indexOf(0);
          return bytes.toString('latin1', 0, end === -1 ? size : end);
        },
      }),
    write(buffer, at, value, site) {
      if (typeof value !== 'string' || value.length > size || /[^\u0001-\u00ff]/.test(value)) {
        return site.refuse(`must be Latin-1 text of at most ${size} bytes, not ${show(value)}`);
      }
      const bytes = Buffer.alloc(size);
      bytes.write(value, 'latin1');
      buffer.set(bytes, at);
    },
  };
}

/** Exactly `size` bytes; decoded, they are a view of the frame, not a copy. */
export function octets(size: number): Fixed<Buffer> {
  return {
    sort: 'fixed',
    size,
    shape: { is: 'bytes', size },
    parse: (parser, name) => parser.buffer(name, { length: size }),
    write(buffer, at, value, site) {
      if (!(value instanceof Uint8Array) || value.length !== size) {
        return site.refuse(`must be a Buffer of ${size} bytes, not ${show(value)}`);
      }
      buffer.set(value, at);
    },
  };
}

/** A value that is always the same, and so is no part of the decoded object. */
export function constant(base: Fixed<number>, value: number): Fixed<never> {
  return {
    sort: 'fixed',
    size: base.size,
    shape: base.shape,
    parse: (parser) => parser.seek(base.size),
    write: (buffer, at, _value, site) => base.write(buffer, at, value, site),
  };
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

function refuseAddress(value: unknown, wanted: string, site: Site): never {
  return site.refuse(`must be ${wanted}, not ${show(value)}`);
}

function namesByCode<N extends string>(values: Readonly<Record<N, number>>): Map<number, string> {
  return new Map(Object.entries<number>(values).map(([name, code]) => [code, name]));
}

function describe(names: ReadonlyMap<number, string>): string {
  return [...names.values()].join(', ');
}
