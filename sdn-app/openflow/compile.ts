/**
 * Steps compiled to one function that reads a structure and one that writes it. binary-parser, which
 * was here before, compiles too, but makes a DataView and three objects for each run, and most runs
 * are a few bytes (a match field, an action). Here a structure is one object literal.
 */
import { Code, quote } from './code.js';
import type { VariableKind } from './fields.js';
import type { Step } from './steps.js';
import type { Reader, Writer } from './wire.js';
import { nameField, refuse } from './wire-error.js';

/** The property that tells a member of a union from the others; no bytes. */
export interface Discriminator {
  readonly key: string;
  readonly value: string;
}

type Structure = Record<string, unknown>;
/** `start` is where the structure began, its header included. */
export type ReadStructure = (reader: Reader, start: number) => Structure;
export type WriteStructure = (writer: Writer, record: Readonly<Structure>, start: number) => void;

/**
 * `(reader, start) => { const at0 = k0.claim(reader); const v1 = bytes[at0 + 4]; ...
 * return { "type": "packetIn", "tableId": v1, ... }; }`
 */
export function compileReader(
  steps: readonly Step[],
  tag: Discriminator | undefined,
): ReadStructure {
  const code = new Code();
  const [naming, sized] = [code.name(nameField), code.name(readSized)];
  const properties = tag === undefined ? [] : [`${quote(tag.key)}: ${quote(tag.value)}`];
  const value = (name: string): string => {
    properties.push(`${quote(name)}: v${properties.length}`);
    return `v${properties.length - 1}`;
  };
  const guarded = (name: string, expression: string): string => {
    const to = value(name);
    const caught = `catch (error) { throw ${naming}(error, ${quote(name)}); }`;
    return `let ${to}; try { ${to} = ${expression}; } ${caught}`;
  };
  let isSized = false;
  let end = '';
  const statements = steps.map((step, index) => {
    switch (step.sort) {
      case 'run': {
        const at = `at${index}`;
        const fields = step.run
          .reads(code, at)
          .map(([name, expression]) => `const ${value(name)} = ${expression};`);
        return [`const ${at} = ${code.name(step.run)}.claim(reader);`, ...fields].join(' ');
      }
      case 'field': {
        const kind = code.name(step.kind);
        const plain = `${kind}.read(reader)`;
        const expression = isSized ? `${sized}(${kind}, reader, size)` : plain;
        isSized = false;
        return guarded(step.name, expression);
      }
      case 'union':
        return guarded(step.name, `${code.name(step.kind)}.read(reader, tag)`);
      case 'tag':
        return `const tag = reader.u16(${quote(step.name)});`;
      case 'lengthOf':
        isSized = true;
        return `size = reader.u16(${quote(step.target)});`;
      case 'length':
        end = 'reader.leave(outer);';
        return 'const outer = reader.enter(start, reader.u16("length"));';
      case 'padding':
        return `reader.take(${step.size}, 'padding');`;
      case 'padTo':
        return `reader.alignFrom(start, ${step.unit});`;
    }
  });
  const body = [...statements, end, `return { ${properties.join(', ')} };`].join('\n');
  return code.compile(
    `(reader, start) => { const bytes = reader.buffer; let size = 0;\n${body} }`,
  ) as ReadStructure;
}

/** `(writer, record, start) => { const at0 = writer.take(8); ... }` */
export function compileWriter(steps: readonly Step[]): WriteStructure {
  const code = new Code();
  const naming = code.name(nameField);
  const guarded = (name: string, statement: string): string =>
    `try { ${statement} } catch (error) { throw ${naming}(error, ${quote(name)}); }`;
  let isSized = false;
  let end = '';
  const statements = steps.map((step, index) => {
    switch (step.sort) {
      case 'run': {
        const at = `at${index}`;
        const taken = `const ${at} = writer.take(${step.run.size});`;
        // Taken first: that may have moved the bytes.
        return `${taken} { const bytes = writer.buffer; ${step.run.writes(code, at)} }`;
      }
      case 'field':
      case 'union': {
        const written = `${code.name(step.kind)}.write(writer, record[${quote(step.name)}]);`;
        const field = guarded(step.name, written);
        if (!isSized) return field;
        isSized = false;
        return `{ const from = writer.position; ${field} writer.fillLength(sizeAt, from); }`;
      }
      case 'tag': {
        const value = `record[${quote(step.name)}]`;
        const tag = `writer.u16(${code.name(step.kind)}.tagFor(${value}, writer.position));`;
        return guarded(step.name, tag);
      }
      case 'lengthOf':
        isSized = true;
        return 'sizeAt = writer.reserveLength();';
      case 'length':
        end = 'writer.fillLength(lengthAt, start);';
        return 'const lengthAt = writer.reserveLength();';
      case 'padding':
        return `writer.zeros(${step.size});`;
      case 'padTo':
        return `writer.alignFrom(start, ${step.unit});`;
    }
  });
  const body = [...statements, end].join('\n');
  return code.compile(`(writer, record, start) => { let sizeAt = 0;\n${body} }`) as WriteStructure;
}

/** A field whose length stood in an earlier one. */
function readSized(kind: VariableKind, reader: Reader, length: number): unknown {
  const start = reader.position;
  if (length > reader.remaining) {
    refuse('WIRE_BAD_LENGTH', 'length', start, `says ${length}, ${reader.remaining} are left`);
  }
  const outer = reader.enter(start, length);
  const value = kind.read(reader);
  reader.leave(outer);
  return value;
}
