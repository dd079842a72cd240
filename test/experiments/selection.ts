// A part of an experiment's points, by their parameters: `nf=nat44 mbps=30,33`.
import { FerryError } from '../../sdn-app/contract/errors.js';
import type { Group, Params } from './experiment.js';

/** Every parameter that is named has one of its values; a point that lacks it is left out. */
export function select(groups: readonly Group[], conditions: readonly string[]): Group[] {
  const points = groups.flatMap((group) => group.points);
  const wanted = conditions.map((text) => condition(text, points));
  const chosen = (params: Params): boolean =>
    wanted.every(({ name, values }) => values.includes(String(params[name])));
  return groups.map((group) => ({ ...group, points: group.points.filter(chosen) }));
}

function condition(
  text: string,
  points: readonly Params[],
): { name: string; values: readonly string[] } {
  const [name = '', list = '', ...more] = text.split('=');
  const known = new Set(points.map((params) => String(params[name])));
  // A value may hold commas itself.
  const values = known.has(list) ? [list] : list.split(',');
  const unknown = values.find((value) => !known.has(value));
  if (more.length === 0 && unknown === undefined) return { name, values };
  const names = new Set(points.flatMap((params) => Object.keys(params)));
  const message = names.has(name)
    ? `no point has ${name}=${unknown ?? ''}; there are ${[...known].join(', ')}`
    : `write NAME=VALUE,VALUE with one of ${[...names].join(', ')}, not ${text}`;
  throw new FerryError('CONFIG_INVALID', message, '--only');
}
