import type { Arguments, FieldInput, Fields, FieldValues, Variable } from './fields.js';
import { Layout } from './layout.js';

/** A structure that stands inside messages, with the section of the specification it is from. */
export interface Struct<F extends Fields> extends Variable<FieldValues<F>> {
  readonly section: string;
  /** A structure with the declared defaults and these fields. */
  make(...input: Arguments<FieldInput<F>>): FieldValues<F>;
}

export function defineStruct<const F extends Fields>(section: string, fields: F): Struct<F> {
  const layout = new Layout(fields);
  return {
    sort: 'variable',
    section,
    shape: layout.shape,
    make: (...[input]) => layout.make(input) as FieldValues<F>,
    read: (reader) => layout.read(reader),
    write: (writer, value) => layout.write(writer, value),
  };
}
