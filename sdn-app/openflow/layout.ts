import {
  compileReader,
  compileWriter,
  type Discriminator,
  type ReadStructure,
  type WriteStructure,
} from './compile.js';
import type { Fields } from './fields.js';
import { type Defaulted, show } from './kinds.js';
import { type FieldShape, type StructShape, structShape } from './shape.js';
import { stepsOf } from './steps.js';
import type { Reader, Writer } from './wire.js';
import { refuse } from './wire-error.js';

/** The reader and the writer that follow from a structure's fields. */
export class Layout {
  readonly shape: StructShape;
  private readonly readStructure: ReadStructure;
  private readonly writeStructure: WriteStructure;
  private readonly defaults: readonly (readonly [string, () => unknown])[];

  constructor(
    fields: Fields,
    private readonly tag?: Discriminator,
  ) {
    this.shape = shapeOf(fields);
    const steps = stepsOf(fields);
    this.readStructure = compileReader(steps, tag);
    this.writeStructure = compileWriter(steps);
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
    return this.readStructure(reader, start);
  }

  /** `start` is where the structure began, when its header was already written. */
  write(writer: Writer, value: unknown, start = writer.position): void {
    this.writeStructure(writer, asRecord(value, start), start);
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

/** An object of any kind, or a WireError. */
export function asRecord(value: unknown, offset: number): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    refuse('WIRE_BAD_VALUE', 'value', offset, `must be an object, not ${show(value)}`);
  }
  return value as Readonly<Record<string, unknown>>;
}
