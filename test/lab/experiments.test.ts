// `npm run experiment` in quick mode: measures in a lab, goes on where it was, leaves nothing behind.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { cannotRunLab, LAB_DIR, run } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const EXPERIMENT = fileURLToPath(new URL('../experiments/main.js', import.meta.url));

interface Measured {
  rows: { params: Record<string, string>; values: Record<string, number | null> }[];
}

async function outOf(t: Test): Promise<string> {
  const out = await mkdtemp(join(tmpdir(), 'fye-'));
  t.teardown(() => rm(out, { recursive: true }));
  return out;
}

const experiment = (out: string, name: string) =>
  run(process.execPath, [EXPERIMENT, name, '--quick', '--out', out, '--json']);

t.test('strategies are measured side by side, and once', { skip }, async (t) => {
  const before = await machine();
  const out = await outOf(t);
  const said = await experiment(out, 'loss');
  t.equal(said.code, 0, said.stderr);
  const { rows } = JSON.parse(said.stdout) as Measured;
  // Others may need what this machine has not.
  for (const strategy of ['statelet', 'duplicate']) {
    const values = rows.find(({ params }) => params['strategy'] === strategy)?.values;
    t.match(values, { completed: 1, lost: 0, duplicated: 0, reordered: 0 }, strategy);
  }
  for (const file of ['loss.md', 'loss.csv', 'loss.json', 'loss-nat44.svg']) {
    t.ok((await readFile(join(out, file), 'utf8')).length > 100, file);
  }
  const again = await experiment(out, 'duration');
  t.equal(again.code, 0, again.stderr);
  t.notMatch(again.stderr, /^\[1\//m, 'nothing is measured again');
  t.same((JSON.parse(again.stdout) as Measured).rows, rows);
  t.same(await machine(), before);
  t.notOk(existsSync(LAB_DIR));
});

t.test('a failure, and what protection costs without one', { skip }, async (t) => {
  const before = await machine();
  const out = await outOf(t);
  const said = await experiment(out, 'recovery');
  t.equal(said.code, 0, said.stderr);
  const { rows } = JSON.parse(said.stdout) as Measured;
  const valuesAt = (fault: string) => rows.find(({ params }) => params['fault'] === fault)?.values;
  t.match(valuesAt('kill'), { recovered: 1, translationsChanged: 0, duplicated: 0 });
  t.ok(Number(valuesAt('none')?.['servingCpuUs']) > 0, 'it took time to serve');
  t.ok(Number(valuesAt('none')?.['sentBytes']) > 0, 'the standby was told');
  t.same(await machine(), before);
});

const skipPeers = skip || (existsSync('/usr/sbin/conntrackd') ? false : 'no conntrackd');
t.test('keepalived and conntrackd in the same lab', { skip: skipPeers }, async (t) => {
  const before = await machine();
  const out = await outOf(t);
  const said = await experiment(out, 'failover-peers');
  t.equal(said.code, 0, said.stderr);
  const { rows } = JSON.parse(said.stdout) as Measured;
  t.same(
    rows.map(({ params }) => [/^Ferry/.test(params['system'] ?? ''), params['fault']]),
    [
      [true, 'crash'],
      [true, 'stalls'],
      [false, 'crash'],
      [false, 'stalls'],
    ],
  );
  for (const { params, values } of rows) {
    t.type(values['outageMs'], 'number');
    t.equal(values['duplicated'], 0);
    if (/^Ferry/.test(params['system'] ?? '')) t.equal(values['translationsChanged'], 0);
  }
  t.same(await machine(), before, 'nothing is left');
});
