import type { Fields, TaggedKind, VariableKind } from './fields.js';
import { type Defaulted, show } from './kinds.js';
import type { Discriminator, FixedKind, Padding } from './run.js';
import type { Reader, Writer } from './wire.js';
import { type FieldShape, type StructShape, structShape } from './shape.js';
import { Run } from './run.js';
import { nameField, refuse } from './wire-error.js';

type Step =
  | { readonly sort: 'run'; readonly run: Run }
  | { readonly sort: 'field'; readonly name: string; readonly kind: VariableKind }
  | { readonly sort: 'union'; readonly name: string; readonly kind: TaggedKind }
  | { readonly sort: 'tag'; readonly name: string; readonly kind: TaggedKind }
  | { readonly sort: 'lengthOf'; readonly target: string }
  | { readonly sort: 'length' }
  | Padding
  | { readonly sort: 'padTo'; readonly unit: number };

/** The reader and the writer that follow from a structure's fields. */
export class Layout {
  readonly shape: StructShape;
  private readonly steps: readonly Step[];
  private readonly defaults: readonly (readonly [string, () => unknown])[];

  constructor(
    fields: Fields,
    private readonly tag?: Discriminator,
  ) {
    this.shape = shapeOf(fields);
    this.steps = stepsOf(fields, tag);
    this.defaults = Object.entries(fields).flatMap(([name, field]) =>
      'initial' in field ? [[name, (field as Defaulted).initial] as const] : [],
    );
  }

  /** A new object with the defaults, overridden by `input`. */
  make(input: object | undefined): Record<string, unknown> {
    const made: Record<string, unknown> =
      this.tag === undefined ? {} : { [this.tag.key]: this.tag.value };
    for (const [name, initial] of this.defaults) made[name] = initial();
    return Object.assign(made, input);
  }

  /** `start` is where the structure began, when its header was already read. */
  read(reader: Reader, start = reader.position): Record<string, unknown> {
    let record: Record<string, unknown> | undefined;
    let outer: number | undefined;
    let fieldLength: number | undefined;
    let tag = 0;
    for (const step of this.steps) {
      switch (step.sort) {
        case 'run': {
          const fields = step.run.read(reader);
          record = record === undefined ? fields : Object.assign(record, fields);
          break;
        }
        case 'field':
          record ??= {};
          record[step.name] = readField(step.name, step.kind, reader, fieldLength);
          fieldLength = undefined;
          break;
        case 'union':
          record ??= {};
          record[step.name] = readUnion(step.name, step.kind, reader, tag);
          break;
        case 'tag':
          tag = reader.u16(step.name);
          break;
        case 'lengthOf':
          fieldLength = reader.u16(step.target);
          break;
        case 'length':
          outer = reader.enter(start, reader.u16('length'));
          break;
        case 'padding':
          reader.take(step.size, 'padding');
          break;
        case 'padTo':
          reader.alignFrom(start, step.unit);
          break;
      }
    }
    if (outer !== undefined) reader.leave(outer);
    return record ?? {};
  }

  /** `start` is where the structure began, when its header was already written. */
  write(writer: Writer, value: unknown, start = writer.position): void {
    const record = asRecord(value, start);
    let lengthAt: number | undefined;
    let fieldLengthAt: number | undefined;
    for (const step of this.steps) {
      switch (step.sort) {
        case 'run':
          step.run.write(writer, record);
          break;
        case 'field':
        case 'union': {
          const from = writer.position;
          writeField(step.name, step.kind, writer, record[step.name]);
          if (fieldLengthAt !== undefined) writer.fillLength(fieldLengthAt, from);
          fieldLengthAt = undefined;
          break;
        }
        case 'tag':
          writer.u16(tagFor(step.name, step.kind, record[step.name], writer.position));
          break;
        case 'lengthOf':
          fieldLengthAt = writer.reserveLength();
          break;
        case 'length':
          lengthAt = writer.reserveLength();
          break;
        case 'padding':
          writer.zeros(step.size);
          break;
        case 'padTo':
          writer.alignFrom(start, step.unit);
          break;
      }
    }
    if (lengthAt !== undefined) writer.fillLength(lengthAt, start);
  }
}

function shapeOf(fields: Fields): StructShape {
  const shapes: Record<string, FieldShape> = {};
  let fixedBytes = 0;
  for (const [name, field] of Object.entries(fields)) {
    if ('size' in field) fixedBytes += field.size;
    else if (!('shape' in field) && field.sort !== 'padTo') fixedBytes += 2;
    if (!('shape' in field) || name.startsWith('_')) continue;
    const { shape } = field;
    shapes[name] =
      'initial' in field ? { shape, initial: (field as Defaulted).initial } : { shape };
  }
  return structShape(fixedBytes, shapes);
}

function stepsOf(fields: Fields, tag: Discriminator | undefined): Step[] {
  const steps: Step[] = [];
  let pending: [string, FixedKind | Padding][] = [];
  let discriminator = tag;
  const closeRun = (): void => {
    if (discriminator === undefined && pending.every(([, { sort }]) => sort === 'padding')) {
      const size = pending.reduce((sum, [, field]) => sum + field.size, 0);
      if (size > 0) steps.push({ sort: 'padding', size });
    } else {
      steps.push({ sort: 'run', run: new Run(pending, discriminator) });
    }
    pending = [];
    discriminator = undefined;
  };
  for (const [name, field] of Object.entries(fields)) {
    if (field.sort === 'fixed' || field.sort === 'padding') {
      pending.push([name, field]);
      continue;
    }
    closeRun();
    if (field.sort === 'variable') steps.push({ sort: 'field', name, kind: field });
    else if (field.sort === 'tagged') steps.push({ sort: 'union', name, kind: field });
    else if (field.sort === 'tagOf') steps.push(tagStep(fields, field.target));
    else steps.push(field);
  }
  closeRun();
  return steps;
}

function tagStep(fields: Fields, name: string): Step {
  const kind = fields[name];
  if (kind?.sort !== 'tagged') throw new TypeError(`declaration: ${name} is not a tagged union`);
  return { sort: 'tag', name, kind };
}

function readField(
  name: string,
  kind: VariableKind,
  reader: Reader,
  length: number | undefined,
): unknown {
  try {
    if (length === undefined) return kind.read(reader);
    const start = reader.position;
    if (length > reader.remaining) {
      refuse('WIRE_BAD_LENGTH', 'length', start, `says ${length}, ${reader.remaining} are left`);
    }
    const outer = reader.enter(start, length);
    const value = kind.read(reader);
    reader.leave(outer);
    return value;
  } catch (error) {
    throw nameField(error, name);
  }
}

function readUnion(name: string, kind: TaggedKind, reader: Reader, tag: number): unknown {
  try {
    return kind.read(reader, tag);
  } catch (error) {
    throw nameField(error, name);
  }
}

function writeField(
  name: string,
  kind: VariableKind | TaggedKind,
  writer: Writer,
  value: unknown,
): void {
  try {
    kind.write(writer, value);
  } catch (error) {
    throw nameField(error, name);
  }
}

function tagFor(name: string, kind: TaggedKind, value: unknown, offset: number): number {
  try {
    return kind.tagFor(value, offset);
  } catch (error) {
    throw nameField(error, name);
  }
}

/** An object of any kind, or a WireError. */
export function asRecord(value: unknown, offset: number): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    refuse('WIRE_BAD_VALUE', 'value', offset, `must be an object, not ${show(value)}`);
  }
  return value as Readonly<Record<string, unknown>>;
}
