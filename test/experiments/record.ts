// What has been measured, on disk as soon as it is: an experiment that was ended goes on from there.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { FerryError } from '../../sdn-app/contract/errors.js';
import type { Failure, Params, Row } from './experiment.js';
import { paramsKey } from './rows.js';

const header = z.strictObject({
  schemaVersion: z.literal(1),
  measurements: z.string(),
  quick: z.boolean(),
});
type Header = z.infer<typeof header>;

const attempt = {
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  run: z.int().min(1),
};
const line = z.union([
  z.strictObject({ ...attempt, values: z.record(z.string(), z.number().nullable()) }),
  z.strictObject({ ...attempt, failed: z.string() }),
]);
type Line = Row | Failure;

export class MeasurementRecord {
  readonly #path: string;
  readonly #rows = new Map<string, Row>();
  readonly #failures: Failure[] = [];

  /**
   * Reads what is there. A last line that was not written whole is dropped: it is measured again.
   * @throws FerryError CONFIG_INVALID when the file is of something else.
   */
  constructor(path: string, measurements: string, quick: boolean) {
    this.#path = path;
    const own: Header = { schemaVersion: 1, measurements, quick };
    for (const found of existsSync(path) ? readLines(path, own) : []) this.#keep(found);
    mkdirSync(dirname(path), { recursive: true });
    const kept = [own, ...this.#rows.values(), ...this.#failures];
    const lines = kept.map((each) => `${JSON.stringify(each)}\n`);
    writeFileSync(`${path}.new`, lines.join(''));
    renameSync(`${path}.new`, path);
  }

  has(params: Params, run: number): boolean {
    return this.#rows.has(rowKey(params, run));
  }

  /** A failure is kept too: what is measured in a second try only must not look like a first. */
  add(found: Line): void {
    appendFileSync(this.#path, `${JSON.stringify(found)}\n`);
    this.#keep(found);
  }

  rows(): Row[] {
    return [...this.#rows.values()];
  }

  failures(): readonly Failure[] {
    return this.#failures;
  }

  #keep(found: Line): void {
    if ('failed' in found) this.#failures.push(found);
    else this.#rows.set(rowKey(found.params, found.run), found);
  }
}

function rowKey(params: Params, run: number): string {
  return `${run} ${paramsKey(params)}`;
}

function readLines(path: string, own: Header): Line[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.pop(); // Nothing follows the last newline, or a line that is not whole.
  const [first = '', ...rest] = lines;
  const found = header.safeParse(parseJson(first));
  if (!found.success || JSON.stringify(found.data) !== JSON.stringify(own)) {
    const how = own.quick ? ' in quick mode' : '';
    const message = `${path} does not hold measurements of ${own.measurements}${how}`;
    throw new FerryError('CONFIG_INVALID', message, '--out');
  }
  return rest.map((text, index) => {
    const parsed = line.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new FerryError('CONFIG_INVALID', `${path}:${index + 2} cannot be read`, '--out');
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
