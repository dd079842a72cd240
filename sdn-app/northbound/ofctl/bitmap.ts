/** Flags as ofctl_rest has them, a number; decoded messages have a list of their names. */
import type { Shape } from '../../openflow/shape.js';

export interface Bitmap<F extends string> {
  toNumber(flags: readonly F[]): number;
  toFlags(bitmap: number): F[];
}

/** For a flags field, from its declaration. */
export function bitmapOf<F extends string>(struct: Shape, field: string): Bitmap<F> {
  const flags = struct.is === 'struct' ? struct.fields.get(field)?.shape : undefined;
  if (flags?.is !== 'flags') throw new TypeError(`${field} is no flags field`);
  // Lowest bit first.
  const { names } = flags;
  return {
    toNumber: (set) => set.reduce((bitmap, flag) => bitmap + 2 ** names.indexOf(flag), 0),
    toFlags: (bitmap) => names.filter((_, bit) => (bitmap >>> bit) % 2 === 1) as F[],
  };
}
