import type { Fields, TaggedKind, VariableKind } from './fields.js';
import { type FixedKind, type Padding, Run } from './run.js';

/** What reading or writing a structure does next. */
export type Step =
  | { readonly sort: 'run'; readonly run: Run }
  | { readonly sort: 'field'; readonly name: string; readonly kind: VariableKind }
  | { readonly sort: 'union'; readonly name: string; readonly kind: TaggedKind }
  | { readonly sort: 'tag'; readonly name: string; readonly kind: TaggedKind }
  | { readonly sort: 'lengthOf'; readonly target: string }
  | { readonly sort: 'length' }
  | Padding
  | { readonly sort: 'padTo'; readonly unit: number };

/** The fields of a structure as steps, fixed ones that follow one another as one. */
export function stepsOf(fields: Fields): Step[] {
  const steps: Step[] = [];
  let pending: [string, FixedKind | Padding][] = [];
  const closeRun = (): void => {
    const size = pending.reduce((sum, [, field]) => sum + field.size, 0);
    const isPadding = pending.every(([, { sort }]) => sort === 'padding');
    if (size > 0) steps.push(isPadding ? { sort: 'padding', size } : run(pending));
    pending = [];
  };
  for (const [name, field] of Object.entries(fields)) {
    if (field.sort === 'fixed' || field.sort === 'padding') {
      pending.push([name, field]);
      continue;
    }
    closeRun();
    if (field.sort === 'variable') steps.push({ sort: 'field', name, kind: field });
    else if (field.sort === 'tagged') steps.push({ sort: 'union', name, kind: field });
    else if (field.sort === 'tagOf') steps.push(tagStep(fields, field.target));
    else steps.push(field);
  }
  closeRun();
  return steps;
}

function run(fields: readonly (readonly [string, FixedKind | Padding])[]): Step {
  return { sort: 'run', run: new Run(fields) };
}

function tagStep(fields: Fields, name: string): Step {
  const kind = fields[name];
  if (kind?.sort !== 'tagged') throw new TypeError(`declaration: ${name} is not a tagged union`);
  return { sort: 'tag', name, kind };
}
