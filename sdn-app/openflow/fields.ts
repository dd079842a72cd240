import type { Carries, Defaulted, ValueOf } from './kinds.js';
import type { Shape, UnionShape } from './shape.js';
import type { FixedKind, Padding } from './run.js';
import type { Reader, Writer } from './wire.js';

/** A kind of field that reads up to the end of its structure, or knows its own length. */
export interface VariableKind {
  readonly sort: 'variable';
  readonly shape: Shape;
  read(reader: Reader): unknown;
  write(writer: Writer, value: unknown): void;
}
export type Variable<T> = VariableKind & Carries<T>;

/** A union whose 16-bit tag stands in an earlier field of the same structure (see `tagOf`). */
export interface TaggedKind {
  readonly sort: 'tagged';
  readonly shape: UnionShape;
  tagFor(value: unknown, offset: number): number;
  read(reader: Reader, tag: number): unknown;
  write(writer: Writer, value: unknown): void;
}
export type Tagged<T> = TaggedKind & Carries<T>;

/** A field that describes the structure, and so is no part of the decoded object. */
export type Mark =
  | { readonly sort: 'length' }
  | { readonly sort: 'lengthOf'; readonly target: string }
  | { readonly sort: 'tagOf'; readonly target: string }
  | { readonly sort: 'padTo'; readonly unit: number };

/** 16 bits: the length in bytes of the structure they stand in. */
export const structLength: Mark = { sort: 'length' };
/** 16 bits: the length in bytes of a later field of the same structure. */
export const lengthOf = (target: string): Mark => ({ sort: 'lengthOf', target });
/** 16 bits: which member of a union the named later field holds. */
export const tagOf = (target: string): Mark => ({ sort: 'tagOf', target });
/** Padding up to the next multiple of `unit` bytes from the start of the structure. */
export const padTo = (unit: number): Mark => ({ sort: 'padTo', unit });

/**
 * The fields of a structure in wire order. Names that begin with `_` are padding, lengths, tags
 * and constants: on the wire, but not in the decoded object.
 */
export type Fields = Readonly<
  Record<string, FixedKind | VariableKind | TaggedKind | Padding | Mark>
>;

type Named<F> = Exclude<keyof F, `_${string}`>;
type Optional<F> = { [K in Named<F>]: F[K] extends Defaulted ? K : never }[Named<F>];

export type Simplify<T> = { [K in keyof T]: T[K] };
/** What a structure with these fields decodes to. */
export type FieldValues<F> = { [K in Named<F>]: ValueOf<F[K]> };
/** What its constructor takes: fields with a default may be left out. */
export type FieldInput<F> = Simplify<
  { [K in Exclude<Named<F>, Optional<F>>]: ValueOf<F[K]> } & {
    [K in Optional<F>]?: ValueOf<F[K]>;
  }
>;
/** The arguments of a constructor: none are needed when every field has a default. */
export type Arguments<I> = Partial<I> extends I ? [input?: I] : [input: I];
