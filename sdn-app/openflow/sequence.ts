import type { Variable } from './fields.js';
import { type Carries, type Defaulted, show } from './kinds.js';
import type { FixedKind } from './run.js';
import type { Writer } from './wire.js';
import { nameField, refuse } from './wire-error.js';

/** Any number of elements, up to the end of the structure they stand in. */
export function list<T>(element: Variable<T>): Variable<T[]> & Defaulted {
  return {
    sort: 'variable',
    shape: { is: 'list', element: element.shape },
    initial: () => [],
    read(reader) {
      const elements: unknown[] = [];
      try {
        while (reader.remaining > 0) elements.push(element.read(reader));
      } catch (error) {
        throw nameField(error, `[${elements.length}]`);
      }
      return elements;
    },
    write(writer, value) {
      if (!Array.isArray(value)) refuseValue('list', writer, `must be a list, not ${show(value)}`);
      let index = 0;
      try {
        for (const item of value as unknown[]) {
          element.write(writer, item);
          index += 1;
        }
      } catch (error) {
        throw nameField(error, `[${index}]`);
      }
    },
  };
}

/** A fixed kind where a variable one is needed, for lists of plain numbers. */
export function single<T>(kind: FixedKind & Carries<T>): Variable<T> {
  return {
    sort: 'variable',
    shape: kind.shape,
    read: (reader) => kind.read(reader.buffer, reader.take(kind.size, 'value'), 'value'),
    write(writer, value) {
      const at = writer.take(kind.size);
      kind.write(writer.buffer, at, value, 'value');
    },
  };
}

/** All bytes up to the end of the structure; decoded, they are a view of the frame, not a copy. */
export const restBytes: Variable<Buffer> & Defaulted = {
  sort: 'variable',
  shape: { is: 'bytes' },
  initial: () => Buffer.alloc(0),
  read: (reader) => reader.rest(),
  write(writer, value) {
    if (!(value instanceof Uint8Array)) {
      refuseValue('bytes', writer, `must be a Buffer, not ${show(value)}`);
    }
    writer.bytes(value);
  },
};

function refuseValue(field: string, writer: Writer, detail: string): never {
  return refuse('WIRE_BAD_VALUE', field, writer.position, detail);
}
