import type { Codec } from './codec.js';
import { show } from './kinds.js';
import { JsonError, refuseJson } from './json-error.js';
import type { FieldShape, Shape, StructShape, UnionShape } from './shape.js';
import { maxFrameBytes, Writer } from './wire.js';
import { WireError } from './wire-error.js';

const hexText = /^(?:[0-9a-f]{2})*$/i;
const integerText = /^(?:\d{1,40}|0x[0-9a-f]{1,32})$/i;

/** A value of a message as JSON has it: 64-bit numbers as decimal text, bytes as hexadecimal. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toJson(part)]));
}

/** Reads messages from their JSON form, held to a codec's declarations. */
export class JsonReader {
  private readonly writer = new Writer(maxFrameBytes);

  constructor(private readonly codec: Codec) {}

  read(value: unknown): unknown {
    const type = isRecord(value) && typeof value['type'] === 'string' ? value['type'] : '';
    try {
      const message = fromJson(this.codec.shape, value);
      // What the encoder takes is right: ranges, sizes, masks and rules between fields.
      this.writer.position = 0;
      this.codec.write(this.writer, message);
      return message;
    } catch (error) {
      if (error instanceof JsonError) throw error.inMessage(type);
      if (error instanceof WireError) throw JsonError.from(error);
      throw error;
    }
  }
}

function fromJson(shape: Shape, value: unknown): unknown {
  switch (shape.is) {
    case 'bigint':
      return toBigint(value);
    case 'bytes':
      return toBytes(value);
    case 'boolean':
      return typeof value === 'boolean'
        ? value
        : refuseJson('JSON_BAD_VALUE', mustBe('true or false', value));
    case 'list':
      return toList(shape.element, value);
    case 'struct':
      return toStruct(shape, value);
    case 'union':
      return toMember(shape, value);
    case 'flags':
      return Array.isArray(value)
        ? [...(value as unknown[])]
        : refuseJson('JSON_BAD_VALUE', mustBe('a list of names', value));
    default:
      return value;
  }
}

function toBigint(value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && integerText.test(value)) return BigInt(value);
  const wanted = 'an integer from 0, as text ("0x1f" or "31") when above 2^53-1';
  return refuseJson('JSON_BAD_VALUE', mustBe(wanted, value));
}

function toBytes(value: unknown): Buffer {
  if (typeof value === 'string' && hexText.test(value)) return Buffer.from(value, 'hex');
  return refuseJson('JSON_BAD_VALUE', mustBe('bytes as hexadecimal text ("00ff")', value));
}

function toList(element: Shape, value: unknown): unknown[] {
  if (!Array.isArray(value)) return refuseJson('JSON_BAD_VALUE', mustBe('a list', value));
  return value.map((item, index) => within(`[${index}]`, () => fromJson(element, item)));
}

function toStruct(shape: StructShape, value: unknown, key?: string): Record<string, unknown> {
  if (!isRecord(value)) return refuseJson('JSON_BAD_VALUE', mustBe('an object', value));
  for (const name of Object.keys(value)) {
    if (name === key || shape.fields.has(name)) continue;
    const names = [...shape.fields.keys()].join(', ');
    refuseJson('JSON_UNKNOWN_FIELD', names === '' ? 'no fields here' : `not one of ${names}`, name);
  }
  const made: Record<string, unknown> = {};
  for (const [name, field] of shape.fields) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    const read = within(name, () => toField(field, given));
    if (read !== undefined) made[name] = read;
  }
  return made;
}

function toField({ shape, initial, isOptional }: FieldShape, given: unknown): unknown {
  if (given !== undefined) return fromJson(shape, given);
  if (initial !== undefined) return initial();
  return isOptional === true ? undefined : refuseJson('JSON_MISSING_FIELD', 'is missing');
}

function toMember({ key, members }: UnionShape, value: unknown): Record<string, unknown> {
  if (!isRecord(value)) return refuseJson('JSON_BAD_VALUE', mustBe('an object', value));
  const name = Object.hasOwn(value, key) ? value[key] : undefined;
  if (name === undefined) return refuseJson('JSON_MISSING_FIELD', 'is missing', key);
  const member = typeof name === 'string' ? members.get(name) : undefined;
  if (member === undefined) {
    const names = [...members.keys()].join(', ');
    return refuseJson('JSON_BAD_VALUE', `${show(name)} is none of ${names}`, key);
  }
  return { [key]: name, ...toStruct(member, value, key) };
}

function within<T>(parent: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof JsonError ? error.under(parent) : error;
  }
}

function mustBe(wanted: string, value: unknown): string {
  return `must be ${wanted}, not ${Array.isArray(value) ? 'a list' : show(value)}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
