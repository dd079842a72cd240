// `npm run demo` at a load that any machine carries: its documents, exit codes, and what it leaves.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { reportSchema, reportSeriesSchema } from '../../sdn-app/contract/report.js';
import { cannotRunLab, LAB_DIR, run, type Said } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const DEMO = fileURLToPath(new URL('../../sdn-app/cli/demo.js', import.meta.url));
const LOAD = ['--rate', '300', '--flows', '50', '--entries', '2000'];

const demo = (...options: string[]): Promise<Said> => run(process.execPath, [DEMO, ...options]);

t.test('two migrations under load lose nothing and leave nothing', { skip }, async (t) => {
  const before = await machine();
  const directory = await mkdtemp(join(tmpdir(), 'fyl-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'report.json');
  const said = await demo(...LOAD, '--runs', '2', '--json', '--report', file);
  t.equal(said.code, 0, said.stderr);
  const document: unknown = JSON.parse(said.stdout);
  t.same(JSON.parse(await readFile(file, 'utf8')), document, 'the file has what stdout has');
  const { runs } = reportSeriesSchema.parse(document);
  t.same(
    runs.map(({ srcHost, destHost }) => [srcHost, destHost]),
    [
      ['host1', 'host2'],
      ['host2', 'host1'],
    ],
    'back and forth',
  );
  for (const { traffic, migration, unmeasured } of runs) {
    const { lost, duplicated, reordered, translationsChanged } = traffic;
    t.same(
      { lost, duplicated, reordered, translationsChanged },
      {
        lost: 0,
        duplicated: 0,
        reordered: 0,
        translationsChanged: 0,
      },
    );
    t.equal(traffic.offered, traffic.delivered);
    t.ok((traffic.offered ?? 0) > 1000, 'there was traffic');
    t.equal(traffic.tcp.survived, true);
    t.ok((traffic.tcp.bytes ?? 0) > 1_000_000, 'there was a TCP transfer');
    t.equal(migration.state, 'completed');
    t.ok((migration.snapshotEntries ?? 0) >= 2000, 'the table was filled');
    t.same(unmeasured, {});
  }
  t.same(await machine(), before);
  t.notOk(existsSync(LAB_DIR));
});

t.test('^C in the middle removes the lab', { skip }, async (t) => {
  const before = await machine();
  const child = spawn(process.execPath, [DEMO, ...LOAD], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    const seen = said.includes('migration, statelet: nat1');
    said += chunk.toString();
    if (!seen && said.includes('migration, statelet: nat1')) child.kill('SIGINT');
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  t.equal(code, 130, said);
  t.match(said, /error INTERRUPTED: ended by SIGINT/);
  t.same(await machine(), before);
  t.notOk(existsSync(LAB_DIR));
});

t.test('a single run is one report', { skip }, async (t) => {
  const said = await demo(...LOAD, '--json');
  t.equal(said.code, 0, said.stderr);
  t.equal(reportSchema.parse(JSON.parse(said.stdout)).vnf, 'nat1');
});

t.test('what cannot be is refused before anything is built', async (t) => {
  const before = await machine();
  for (const [options, code, error] of [
    [['--entries', '999999'], 1, /error CONFIG_INVALID: .*\(--entries\)/],
    [['--topology', '/nonexistent.yaml'], 1, /error TOPOLOGY_UNREADABLE/],
    [['--runs', '0'], 2, /error CONFIG_INVALID: .*--runs/],
    [['--frob'], 2, /error CONFIG_INVALID: unknown option/],
  ] as const) {
    const said = await demo(...options);
    t.equal(said.code, code, options.join(' '));
    t.match(said.stderr, error);
    t.equal(said.stdout, '');
  }
  t.same(await machine(), before);
});
