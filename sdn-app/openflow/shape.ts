// What each kind of field holds, as data. The JSON form of messages, the tests' arbitrary
// messages and their coverage are derived from it, so that a declaration brings them along.

/** A field of a structure: what it holds, and what constructors fill in when it is left out. */
export interface FieldShape {
  readonly shape: Shape;
  readonly initial?: () => unknown;
  /** May be absent from the decoded object. */
  readonly isOptional?: true;
}

export interface StructShape {
  readonly is: 'struct';
  readonly fields: ReadonlyMap<string, FieldShape>;
  /** Bytes on the wire of its fields and padding of fixed size, lengths and tags. */
  readonly fixedBytes: number;
}

/** Told apart by the property `key`; `unknown` is the member that no declaration names. */
export interface UnionShape {
  readonly is: 'union';
  readonly key: string;
  readonly members: ReadonlyMap<string, StructShape>;
  /** Members must fill whole units of this many bytes. */
  readonly unit: number;
}

export type Shape =
  /** An integer from 0; the values in `avoid` stand for something else. */
  | { readonly is: 'number'; readonly bits: number; readonly avoid?: ReadonlySet<number> }
  | { readonly is: 'bigint'; readonly bits: number }
  | { readonly is: 'boolean' }
  /** One of the names; a number too where others are allowed (`isOpen`). */
  | {
      readonly is: 'enumeration';
      readonly names: ReadonlyMap<number, string>;
      readonly bits: number;
      readonly isOpen: boolean;
    }
  /** A list of names, lowest bit first. */
  | { readonly is: 'flags'; readonly names: readonly string[] }
  | { readonly is: 'address'; readonly of: 'mac' | 'ipv4' | 'ipv6' }
  | { readonly is: 'text'; readonly size: number }
  /** Exactly `size` bytes, or any number of them. */
  | { readonly is: 'bytes'; readonly size?: number }
  | { readonly is: 'list'; readonly element: Shape }
  | StructShape
  | UnionShape;

/** A structure from fields that all have their size in bytes. */
export function structShape(
  fixedBytes: number,
  fields: Readonly<Record<string, FieldShape>>,
): StructShape {
  return { is: 'struct', fixedBytes, fields: new Map(Object.entries(fields)) };
}
