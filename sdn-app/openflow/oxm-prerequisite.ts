import type { OxmField, OxmName } from './oxm.js';
import type { Prerequisite } from './oxm-field.js';
import { formsOf } from './oxm-registry.js';

/** What a match lacks (section 7.2.3.6). */
export interface MissingPrerequisite {
  /** The field that may not be there. */
  readonly field: OxmName;
  readonly needs: Prerequisite;
}

/**
 * The first field of a match whose prerequisite is not before it: a switch refuses such a match
 * with badMatch/badPrerequisite. Undefined when nothing is missing.
 */
export function missingPrerequisite(fields: readonly OxmField[]): MissingPrerequisite | undefined {
  for (const [index, { field }] of fields.entries()) {
    if (field === 'unknown') continue;
    const before = fields.slice(0, index);
    const needs = formsOf(field)?.declaration.needs.find((need) => !isMet(need, before));
    if (needs !== undefined) return { field, needs };
  }
  return undefined;
}

function isMet({ field, values }: Prerequisite, before: readonly OxmField[]): boolean {
  return before.some((each) => {
    if (each.field === 'unknown' || each.field !== field) return false;
    return values === undefined || values.includes(Number(each.value));
  });
}
