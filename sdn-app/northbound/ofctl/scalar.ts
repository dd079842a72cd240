/**
 * Numbers as ofctl_rest takes them: JSON numbers, decimal or 0x texts, and for some the name of a
 * reserved value, with or without its OpenFlow prefix. null stands for the default.
 */
import { z } from 'zod';

/** Names of the values that OpenFlow reserves, in the order in which Ryu looks for a name. */
export interface Reserved {
  prefix: string;
  values: Readonly<Record<string, number>>;
}

export const RESERVED = {
  port: {
    prefix: 'OFPP_',
    values: {
      MAX: 0xffffff00,
      IN_PORT: 0xfffffff8,
      TABLE: 0xfffffff9,
      NORMAL: 0xfffffffa,
      FLOOD: 0xfffffffb,
      ALL: 0xfffffffc,
      CONTROLLER: 0xfffffffd,
      LOCAL: 0xfffffffe,
      ANY: 0xffffffff,
    },
  },
  table: { prefix: 'OFPTT_', values: { MAX: 0xfe, ALL: 0xff } },
  group: { prefix: 'OFPG_', values: { MAX: 0xffffff00, ALL: 0xfffffffc, ANY: 0xffffffff } },
  meter: {
    prefix: 'OFPM_',
    values: { MAX: 0xffff0000, SLOWPATH: 0xfffffffd, CONTROLLER: 0xfffffffe, ALL: 0xffffffff },
  },
  queue: { prefix: 'OFPQ_', values: { ALL: 0xffffffff } },
  maxLength: { prefix: 'OFPCML_', values: { MAX: 0xffe5, NO_BUFFER: 0xffff } },
  buffer: { prefix: 'OFP_', values: { NO_BUFFER: 0xffffffff } },
  role: { prefix: 'OFPCR_ROLE_', values: { NOCHANGE: 0, EQUAL: 1, MASTER: 2, SLAVE: 3 } },
} as const satisfies Record<string, Reserved>;

/** The reserved name, or else the number. */
export function nameOf({ values }: Reserved, value: number): string | number {
  return Object.entries(values).find(([, number]) => number === value)?.[0] ?? value;
}

export const scalar = z.union([z.number(), z.string(), z.bigint(), z.boolean()]);
export type Scalar = z.infer<typeof scalar>;

const INTEGER = /^(?:\d{1,40}|0[xX][0-9a-fA-F]{1,32}|0[bB][01]{1,128}|0[oO][0-7]{1,43})$/;

/** What is wrong with a value, for whoever sent it. */
export class Unfit extends Error {}

/** A schema from a function that throws Unfit. */
export function readBy<T>(read: (input: Scalar) => T): z.ZodType<T> {
  return scalar.transform((input, context) => {
    try {
      return read(input);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });
}

/** A whole number from 0 to 2^`bits`-1. Throws Unfit. */
export function readWhole(input: Scalar, bits: number, reserved?: Reserved): bigint {
  const highest = (1n << BigInt(bits)) - 1n;
  const value = toBigInt(input, reserved);
  if (value !== undefined && value >= 0n && value <= highest) return value;
  const names =
    reserved === undefined ? '' : ` or one of ${Object.keys(reserved.values).join(', ')}`;
  throw new Unfit(`must be a whole number from 0 to ${highest}${names}, not ${shown(input)}`);
}

export function whole(bits: 8 | 16 | 32, reserved?: Reserved): z.ZodType<number> {
  return readBy((input) => Number(readWhole(input, bits, reserved)));
}

export const whole64: z.ZodType<bigint> = readBy((input) => readWhole(input, 64));

/** The key may be missing or null. */
export function orElse<T>(schema: z.ZodType<T>, initial: T): z.ZodType<T> {
  return schema.nullish().transform((value) => value ?? initial);
}

function toBigInt(input: Scalar, reserved: Reserved | undefined): bigint | undefined {
  if (typeof input === 'bigint') return input;
  if (typeof input === 'boolean') return input ? 1n : 0n;
  if (typeof input === 'number') return Number.isInteger(input) ? BigInt(input) : undefined;
  const text = input.trim();
  return INTEGER.test(text) ? BigInt(text) : reservedValue(text.toUpperCase(), reserved);
}

function reservedValue(name: string, reserved: Reserved | undefined): bigint | undefined {
  if (reserved === undefined) return undefined;
  const { prefix, values } = reserved;
  const bare = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return Object.hasOwn(values, bare) ? BigInt(values[bare] ?? 0) : undefined;
}

/** A value for an error message, short. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
