import fc, { type Arbitrary } from 'fast-check';
import { formatIpv4, formatIpv6, formatMac } from '../../../sdn-app/openflow/address.js';
import { type Message, messages, withXid } from '../../../sdn-app/openflow/index.js';
import { fillerOf } from './examples.js';
import type { Shape, StructShape, UnionShape } from '../../../sdn-app/openflow/shape.js';

// Messages of every kind, derived from the declarations: a new one is tried without a line here.

const below = (bits: number): Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(0, 1, 2 ** bits - 1),
    fc.maxSafeNat().map((value) => value % 2 ** bits),
  );
const bytesOf = (size: number): Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((array) => Buffer.from(array));
const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));
const ipv6Byte = fc.constantFrom(0, 0, 1, 0xab, 0xff);

const addresses: Readonly<Record<'mac' | 'ipv4' | 'ipv6', Arbitrary<string>>> = {
  mac: fc.tuple(below(16), below(32)).map(([high, low]) => formatMac(high, low)),
  ipv4: below(32).map(formatIpv4),
  ipv6: fc
    .array(ipv6Byte, { minLength: 16, maxLength: 16 })
    .map((array) => formatIpv6(Buffer.from(array))),
};

/** Any value of a shape, in the form that decoding gives it. */
export function arbitraryOf(shape: Shape): Arbitrary<unknown> {
  switch (shape.is) {
    case 'number': {
      const { avoid } = shape;
      const any = below(shape.bits);
      return avoid === undefined ? any : any.filter((value) => !avoid.has(value));
    }
    case 'bigint':
      return fc.bigInt({ min: 0n, max: 2n ** BigInt(shape.bits) - 1n });
    case 'boolean':
      return fc.boolean();
    case 'enumeration': {
      const { names, bits } = shape;
      const named = fc.constantFrom(...names.values());
      return shape.isOpen
        ? fc.oneof(
            named,
            below(bits).filter((code) => !names.has(code)),
          )
        : named;
    }
    case 'flags':
      // Set bits in wire order, lowest first, as decoding lists them.
      return fc.subarray([...shape.names]);
    case 'address':
      return addresses[shape.of];
    case 'text':
      return fc.string({
        unit: fc.constantFrom('a', 'Z', '0', '-', ' ', '\u00e9', '\u00ff'),
        maxLength: shape.size,
      });
    case 'bytes':
      return shape.size === undefined ? bytes : bytesOf(shape.size);
    case 'list':
      return fc.array(arbitraryOf(shape.element), { maxLength: 3 });
    case 'struct':
      return arbitraryStruct(shape, {});
    case 'union':
      return arbitraryMember(shape);
  }
}

function arbitraryMember(union: UnionShape): Arbitrary<unknown> {
  const each = [...union.members].map(([name, member]) => {
    const fixed: Record<string, Arbitrary<unknown>> = { [union.key]: fc.constant(name) };
    const filler = fillerOf(union, member);
    if (filler !== undefined) {
      const [field, least] = filler;
      fixed[field] = fc.nat(3).chain((units) => bytesOf(least + union.unit * units));
    }
    return arbitraryStruct(member, fixed);
  });
  return fc.oneof(...each);
}

function arbitraryStruct(
  { fields }: StructShape,
  fixed: Readonly<Record<string, Arbitrary<unknown>>>,
): Arbitrary<Record<string, unknown>> {
  const model: Record<string, Arbitrary<unknown>> = {};
  for (const [name, { shape }] of fields) model[name] = arbitraryOf(shape);
  Object.assign(model, fixed);
  const requiredKeys = Object.keys(model).filter((name) => fields.get(name)?.isOptional !== true);
  // Plain objects, as decoding makes them: fast-check's own may have no prototype.
  return fc.record(model, { requiredKeys, noNullPrototype: true });
}

/** Any message of each declared type. */
export const messagesByType: ReadonlyMap<string, Arbitrary<Message>> = new Map(
  messages.map(({ type, shape }) => [
    type,
    (arbitraryStruct(shape, { type: fc.constant(type) }) as Arbitrary<unknown>).map((message) =>
      // The messages in a bundle have its xid.
      withXid(message as Message, (message as Message).xid),
    ),
  ]),
);

export const anyMessage: Arbitrary<Message> = fc.oneof(...messagesByType.values());

/** A header that fits the frame, and then anything. */
export const anyFrame: Arbitrary<Buffer> = fc
  .tuple(fc.nat(30), below(32), fc.oneof(fc.uint8Array({ maxLength: 200 }), bytesOf(48)))
  .map(([type, xid, body]) => {
    const header = Buffer.from([4, type, 0, 0, 0, 0, 0, 0]);
    header.writeUInt16BE(8 + body.length, 2);
    header.writeUInt32BE(xid, 4);
    return Buffer.concat([header, body]);
  });
