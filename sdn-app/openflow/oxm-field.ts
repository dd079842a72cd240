import type { Fixed } from './kinds.js';

/** What must be in a match before a field may be: `field` with one of `values`. */
export interface Prerequisite {
  readonly field: string;
  /** Any value will do when there are none. */
  readonly values?: readonly number[];
}

/** OXM classes (section 7.2.3.3). */
export const oxmClass = {
  /** Nicira's own fields, older than OXM. */
  nicira: 0x0001,
  ericsson: 0x1000,
  basic: 0x8000,
  /** Packet registers, of OpenFlow 1.5, that Open vSwitch has with 1.3 too. */
  packetRegister: 0x8001,
  /** An experimenter's number follows the header and is counted by its length. */
  experimenter: 0xffff,
} as const;

/** Where a match field is found. */
export interface OxmPlace {
  readonly oxmClass: number;
  /** Field number within the class, 7 bits. */
  readonly code: number;
  /** In class 0xffff. */
  readonly experimenter?: number;
}

export interface OxmDeclaration<T, Maskable extends boolean> extends OxmPlace {
  readonly kind: Fixed<T>;
  readonly maskable: Maskable;
  readonly needs: readonly Prerequisite[];
}

/** The fields of one class, declared by number, kind, and prerequisites. */
export function fieldsOf(place: { readonly oxmClass: number; readonly experimenter?: number }) {
  const declare =
    <Maskable extends boolean>(maskable: Maskable) =>
    <T>(
      code: number,
      kind: Fixed<T>,
      ...needs: readonly Prerequisite[]
    ): OxmDeclaration<T, Maskable> => ({ ...place, code, kind, maskable, needs });
  return { exact: declare(false), maskable: declare(true) };
}
