import type { Shape } from '../../../sdn-app/openflow/shape.js';

// Members of unions, named by their fields too, because names such as `experimenter` recur.

/** Every member of every union in a shape. */
export function membersOf(shape: Shape, found = new Set<string>()): Set<string> {
  switch (shape.is) {
    case 'list':
      return membersOf(shape.element, found);
    case 'struct':
      for (const { shape: inner } of shape.fields.values()) membersOf(inner, found);
      return found;
    case 'union':
      for (const [name, member] of shape.members) {
        found.add(nameOf(shape.key, name, member.fields.keys()));
        membersOf(member, found);
      }
      return found;
    default:
      return found;
  }
}

/** The members that a value of that shape has. */
export function membersIn(shape: Shape, value: unknown, found = new Set<string>()): Set<string> {
  const record = value as Readonly<Record<string, unknown>>;
  switch (shape.is) {
    case 'list':
      for (const item of value as readonly unknown[]) membersIn(shape.element, item, found);
      return found;
    case 'struct':
      for (const [name, { shape: inner }] of shape.fields) {
        if (record[name] !== undefined) membersIn(inner, record[name], found);
      }
      return found;
    case 'union': {
      const name = String(record[shape.key]);
      const member = shape.members.get(name);
      if (member === undefined) throw new TypeError(`no member is called ${name}`);
      found.add(nameOf(shape.key, name, member.fields.keys()));
      return membersIn(member, value, found);
    }
    default:
      return found;
  }
}

function nameOf(key: string, name: string, fields: Iterable<string>): string {
  return `${key}=${name}(${[...fields].join(',')})`;
}
