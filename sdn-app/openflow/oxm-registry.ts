import { constant, u32 } from './kinds.js';
import { Layout } from './layout.js';
import { basicFields } from './oxm-basic.js';
import { extensionFields } from './oxm-extension.js';
import { oxmClass, type OxmDeclaration } from './oxm-field.js';

/** Every match field that has a name, those of the specification first. */
export const oxmFields = { ...basicFields, ...extensionFields };

export type OxmFields = typeof oxmFields;
export type OxmName = keyof OxmFields;
type AnyField = OxmDeclaration<unknown, boolean>;

/** What the 32 bits before a match field say (section 7.2.3.2). */
export interface OxmHeader {
  readonly class: number;
  readonly code: number;
  readonly hasMask: boolean;
  /** Of an experimenter's number, value and mask, in bytes: 0 to 255. */
  readonly length: number;
}

export function packHeader(header: OxmHeader): number {
  const field = header.code * 0x200 + (header.hasMask ? 0x100 : 0);
  return header.class * 0x10000 + field + header.length;
}

export function unpackHeader(header: number): OxmHeader {
  return {
    class: header >>> 16,
    code: (header >>> 9) & 0x7f,
    hasMask: (header & 0x100) !== 0,
    length: header & 0xff,
  };
}

/** How one match field is read and written, with or without mask. */
export interface OxmForm {
  readonly name: OxmName;
  readonly header: number;
  /** Of value and mask, in bytes. */
  readonly size: number;
  readonly layout: Layout;
}

interface OxmForms {
  readonly declaration: AnyField;
  readonly exact: OxmForm;
  readonly masked: OxmForm | undefined;
}

const forms = new Map<unknown, OxmForms>();
// Keys are signed, because V8 keeps integers of 32 bits in place only when they are.
const byHeader = new Map<number, OxmForm>();
const byExperimenter = new Map<number, Map<number, OxmForm>>();
const byPlace = new Map<string, OxmForms>();

for (const [name, declaration] of Object.entries<AnyField>(oxmFields)) {
  const entry = {
    declaration,
    exact: register(name as OxmName, declaration, false),
    masked: declaration.maskable ? register(name as OxmName, declaration, true) : undefined,
  };
  forms.set(name, entry);
  byPlace.set(placeKey(declaration.oxmClass, declaration.code, declaration.experimenter), entry);
}

/** The declared field with this name. */
export function formsOf(name: unknown): OxmForms | undefined {
  return forms.get(name);
}

/** The declared field whose header this is; `experimenter` is what follows it. */
export function formAt(header: number, experimenter: number | undefined): OxmForm | undefined {
  const found = byHeader.get(header | 0);
  if (found !== undefined || header >>> 16 !== oxmClass.experimenter) return found;
  return byExperimenter.get((experimenter ?? 0) | 0)?.get(header | 0);
}

/** The declared field with this number, whatever its header says of mask and length. */
export function formsAt(
  oxmClass: number,
  code: number,
  experimenter: number | undefined,
): OxmForms | undefined {
  return byPlace.get(placeKey(oxmClass, code, experimenter));
}

function register(name: OxmName, declaration: AnyField, hasMask: boolean): OxmForm {
  const { oxmClass: oxmClassOf, code, experimenter, kind } = declaration;
  const layout = new Layout(
    {
      ...(experimenter === undefined ? {} : { _experimenter: constant(u32, experimenter) }),
      value: kind,
      ...(hasMask ? { mask: kind } : {}),
    },
    { key: 'field', value: name },
  );
  const size = layout.shape.fixedBytes;
  const header = packHeader({ class: oxmClassOf, code, hasMask, length: size });
  const form = { name, header, size, layout };
  if (experimenter === undefined) byHeader.set(header | 0, form);
  else tableOf(experimenter).set(header | 0, form);
  return form;
}

function tableOf(experimenter: number): Map<number, OxmForm> {
  const table = byExperimenter.get(experimenter | 0) ?? new Map<number, OxmForm>();
  byExperimenter.set(experimenter | 0, table);
  return table;
}

function placeKey(oxmClassOf: number, code: number, experimenter: number | undefined): string {
  return `${oxmClassOf}/${code}/${experimenter ?? ''}`;
}
