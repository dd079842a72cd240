// `npm run experiment` in quick mode: measures in a lab, goes on where it was, leaves nothing behind.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { cannotRunLab, LAB_DIR, run } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const EXPERIMENT = fileURLToPath(new URL('../experiments/main.js', import.meta.url));

interface Measured {
  rows: { params: { strategy: string }; values: Record<string, number | null> }[];
}

t.test('strategies are measured side by side, and once', { skip }, async (t) => {
  const before = await machine();
  const out = await mkdtemp(join(tmpdir(), 'fye-'));
  t.teardown(() => rm(out, { recursive: true }));
  const experiment = (name: string) =>
    run(process.execPath, [EXPERIMENT, name, '--quick', '--out', out, '--json']);
  const said = await experiment('loss');
  t.equal(said.code, 0, said.stderr);
  const { rows } = JSON.parse(said.stdout) as Measured;
  // Others may need what this machine has not.
  for (const strategy of ['statelet', 'duplicate']) {
    const values = rows.find(({ params }) => params.strategy === strategy)?.values;
    t.match(values, { completed: 1, lost: 0, duplicated: 0, reordered: 0 }, strategy);
  }
  for (const file of ['loss.md', 'loss.csv', 'loss.json', 'loss-nat44.svg']) {
    t.ok((await readFile(join(out, file), 'utf8')).length > 100, file);
  }
  const again = await experiment('duration');
  t.equal(again.code, 0, again.stderr);
  t.notMatch(again.stderr, /^\[1\//m, 'nothing is measured again');
  t.same((JSON.parse(again.stdout) as Measured).rows, rows);
  t.same(await machine(), before);
  t.notOk(existsSync(LAB_DIR));
});
