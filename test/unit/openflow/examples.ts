import { type Message, messages, withXid } from '../../../sdn-app/openflow/index.js';
import type { Shape, StructShape, UnionShape } from '../../../sdn-app/openflow/shape.js';

// A few messages of each declared type that together have every member of every union, every
// name and every bit, with lowest and highest values: few, always the same, and nothing left out.

const addresses = {
  mac: ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '02:00:00:00:00:01'],
  ipv4: ['0.0.0.0', '255.255.255.255', '10.0.0.1'],
  ipv6: ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8::1'],
};

/** Values of a shape, in the form that decoding gives them. */
export function examplesOf(shape: Shape): unknown[] {
  switch (shape.is) {
    case 'number':
      return [0, 2 ** shape.bits - 1, 2 ** (shape.bits - 1)].map((value) =>
        firstAllowed(value, shape.avoid),
      );
    case 'bigint':
      return [0n, 2n ** BigInt(shape.bits) - 1n, 2n ** BigInt(shape.bits - 1)];
    case 'boolean':
      return [false, true];
    case 'enumeration':
      return [...shape.names.values(), ...(shape.isOpen ? [2 ** shape.bits - 1] : [])];
    case 'flags':
      return [[], [...shape.names], ...shape.names.map((name) => [name])];
    case 'address':
      return addresses[shape.of];
    case 'text':
      return ['', 'x'.repeat(shape.size), '\u00e9 1'];
    case 'bytes':
      return shape.size === undefined
        ? [Buffer.alloc(0), Buffer.from('00ff80', 'hex')]
        : [Buffer.alloc(shape.size), Buffer.alloc(shape.size, 0xff)];
    case 'list':
      return [[], ...chunks(examplesOf(shape.element), 8)];
    case 'struct':
      return structs(shape, {});
    case 'union':
      return [...shape.members].flatMap(([name, member]) => {
        const fixed: Record<string, unknown[]> = { [shape.key]: [name] };
        const filler = fillerOf(shape, member);
        if (filler !== undefined) {
          const [field, least] = filler;
          fixed[field] = [Buffer.alloc(least, 1), Buffer.alloc(least + shape.unit, 2)];
        }
        return structs(member, fixed);
      });
  }
}

/**
 * The field of a member that takes all bytes that are left, and the fewest with which the member
 * fills whole units; undefined when there is none or nothing needs to be filled.
 */
export function fillerOf(
  { unit }: UnionShape,
  { fields, fixedBytes }: StructShape,
): [field: string, least: number] | undefined {
  const rest = [...fields].find(([, { shape }]) => shape.is === 'bytes' && !shape.size);
  // Behind the type and the length, 4 bytes.
  return rest === undefined || unit === 1
    ? undefined
    : [rest[0], (unit - ((4 + fixedBytes) % unit)) % unit];
}

/** Field by field the next value, until each field has had all of its values. */
function structs(
  { fields }: StructShape,
  fixed: Readonly<Record<string, unknown[]>>,
): Record<string, unknown>[] {
  const values = new Map<string, unknown[]>();
  for (const [name, { shape, isOptional }] of fields) {
    values.set(name, isOptional === true ? [undefined, ...examplesOf(shape)] : examplesOf(shape));
  }
  for (const [name, given] of Object.entries(fixed)) values.set(name, given);
  const count = Math.max(1, ...[...values.values()].map((each) => each.length));
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(
      [...values]
        .map(([name, each]) => [name, each[index % each.length]] as const)
        .filter(([, value]) => value !== undefined),
    ),
  );
}

function chunks(items: readonly unknown[], size: number): unknown[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function firstAllowed(value: number, avoid: ReadonlySet<number> | undefined): number {
  let allowed = value;
  while (avoid?.has(allowed) === true) allowed = allowed === 0 ? 1000 : allowed - 1;
  return allowed;
}

/** Messages of every declared type. */
export const exampleMessages: readonly Message[] = messages.flatMap(({ type, shape }) =>
  structs(shape, { type: [type] }).map((value) => {
    const message = value as unknown as Message;
    // The messages in a bundle have its xid.
    return withXid(message, message.xid);
  }),
);
