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
import type { Params, Row } from './experiment.js';
import { paramsKey } from './rows.js';

const header = z.strictObject({
  schemaVersion: z.literal(1),
  measurements: z.string(),
  quick: z.boolean(),
});
type Header = z.infer<typeof header>;

const row = z.strictObject({
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  run: z.int().min(1),
  values: z.record(z.string(), z.number().nullable()),
});

export class MeasurementRecord {
  readonly #path: string;
  readonly #rows = new Map<string, Row>();

  /**
   * Reads what is there. A last line that was not written whole is dropped: it is measured again.
   * @throws FerryError CONFIG_INVALID when the file is of something else.
   */
  constructor(path: string, measurements: string, quick: boolean) {
    this.#path = path;
    const own: Header = { schemaVersion: 1, measurements, quick };
    for (const found of existsSync(path) ? readRows(path, own) : []) {
      this.#rows.set(rowKey(found.params, found.run), found);
    }
    mkdirSync(dirname(path), { recursive: true });
    const lines = [own, ...this.#rows.values()].map((each) => `${JSON.stringify(each)}\n`);
    writeFileSync(`${path}.new`, lines.join(''));
    renameSync(`${path}.new`, path);
  }

  has(params: Params, run: number): boolean {
    return this.#rows.has(rowKey(params, run));
  }

  add(measured: Row): void {
    appendFileSync(this.#path, `${JSON.stringify(measured)}\n`);
    this.#rows.set(rowKey(measured.params, measured.run), measured);
  }

  rows(): Row[] {
    return [...this.#rows.values()];
  }
}

function rowKey(params: Params, run: number): string {
  return `${run} ${paramsKey(params)}`;
}

function readRows(path: string, own: Header): Row[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.pop(); // Nothing follows the last newline, or a line that is not whole.
  const [first = '', ...rest] = lines;
  const found = header.safeParse(parseJson(first));
  if (!found.success || JSON.stringify(found.data) !== JSON.stringify(own)) {
    const how = own.quick ? ' in quick mode' : '';
    const message = `${path} does not hold measurements of ${own.measurements}${how}`;
    throw new FerryError('CONFIG_INVALID', message, '--out');
  }
  return rest.map((line, index) => {
    const parsed = row.safeParse(parseJson(line));
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
