/** Protobuf messages as far as criu's images need them: fields are read and numbers replaced. */

type Value = { wire: 0; number: bigint } | { wire: 1 | 2 | 5; bytes: Buffer };
interface Field {
  field: number;
  value: Value;
}

const FIXED_BYTES = { 1: 8, 5: 4 } as const;

/** Keeps what it does not know as it was, in its order. */
export class Message {
  readonly #fields: Field[];

  private constructor(fields: Field[]) {
    this.#fields = fields;
  }

  /** Throws RangeError for anything that is cut short or no protobuf. */
  static parse(bytes: Buffer): Message {
    const reader = { at: 0 };
    const fields: Field[] = [];
    while (reader.at < bytes.length) {
      const key = Number(varint(bytes, reader));
      fields.push({ field: key >>> 3, value: readValue(bytes, reader, key & 7) });
    }
    return new Message(fields);
  }

  /** The first number with this field; undefined when there is none. */
  number(field: number): number | undefined {
    return this.numbers(field)[0];
  }

  /** Repeated numbers, packed or not. */
  numbers(field: number): number[] {
    return this.#values(field).flatMap((value) => {
      if (value.wire === 0) return [Number(value.number)];
      const reader = { at: 0 };
      const found: number[] = [];
      while (reader.at < value.bytes.length) found.push(Number(varint(value.bytes, reader)));
      return found;
    });
  }

  nested(field: number): Message | undefined {
    const value = this.#values(field)[0];
    return value === undefined || value.wire === 0 ? undefined : Message.parse(value.bytes);
  }

  /** In the place of the first one, or at the end. */
  set(field: number, number: number): void {
    this.#put(field, { wire: 0, number: BigInt(number) });
  }

  /** In the place of the first one, or at the end. */
  embed(field: number, message: Message): void {
    this.#put(field, { wire: 2, bytes: message.encode() });
  }

  encode(): Buffer {
    const parts = this.#fields.flatMap(({ field, value }) => {
      const key = encodeVarint(BigInt(field * 8 + value.wire));
      if (value.wire === 0) return [key, encodeVarint(value.number)];
      if (value.wire !== 2) return [key, value.bytes];
      return [key, encodeVarint(BigInt(value.bytes.length)), value.bytes];
    });
    return Buffer.concat(parts);
  }

  #put(field: number, value: Value): void {
    const found = this.#fields.find((each) => each.field === field);
    if (found === undefined) this.#fields.push({ field, value });
    else found.value = value;
  }

  #values(field: number): Value[] {
    return this.#fields.filter((each) => each.field === field).map(({ value }) => value);
  }
}

function readValue(bytes: Buffer, reader: { at: number }, wire: number): Value {
  switch (wire) {
    case 0:
      return { wire, number: varint(bytes, reader) };
    case 1:
    case 5:
      return { wire, bytes: take(bytes, reader, FIXED_BYTES[wire]) };
    case 2:
      return { wire, bytes: take(bytes, reader, Number(varint(bytes, reader))) };
    default:
      throw new RangeError(`wire type ${wire}`);
  }
}

function take(bytes: Buffer, reader: { at: number }, length: number): Buffer {
  const start = reader.at;
  if (start + length > bytes.length) throw new RangeError('message cut short');
  reader.at += length;
  return bytes.subarray(start, reader.at);
}

function varint(bytes: Buffer, reader: { at: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[reader.at];
    if (byte === undefined) throw new RangeError('message cut short');
    reader.at += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 128) return value;
  }
  throw new RangeError('number too long');
}

function encodeVarint(number: bigint): Buffer {
  const bytes: number[] = [];
  let rest = number;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
