// A NAT on three switches with a loop of trunks: it serves over any way that is left, and moves.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { reportSchema } from '../../sdn-app/contract/report.js';
import { cannotRunLab, ferry, run, type Said } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const TOPOLOGY = packagePath('topologies/nat-three-switches.yaml');
const PATIENCE_MS = 30_000;

const ping = (): Promise<Said> =>
  ferry('lab', 'exec', 'client', '--', 'ping', '-c', '1', '-W', '1', '203.0.113.10');

async function reached(): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) if ((await ping()).code === 0) return true;
  return false;
}

const setLink = (name: string, state: 'up' | 'down'): Promise<Said> =>
  run('ip', ['link', 'set', name, state]);

t.test('ways around failed trunks', { skip }, async (t) => {
  const before = await machine();
  // The name tells this lab from somebody's own, should the test leave it.
  const directory = await mkdtemp(join(tmpdir(), 'fyt-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'three.yaml');
  const text = await readFile(TOPOLOGY, 'utf8');
  await writeFile(file, text.replace('name: nat-three-switches', 'name: fyt-three'));
  t.teardown(async () => {
    const { stdout } = await ferry('lab', 'status', '--json');
    if (stdout.includes('"topology": "fyt-three"')) await ferry('lab', 'down');
  });
  const up = await ferry('lab', 'up', file);
  t.equal(up.code, 0, up.stderr);
  t.ok(await reached(), 'with all trunks');

  // s1 has the client on port 1: its trunks are s1-eth2 to s2 and s1-eth3 to s3.
  await setLink('s1-eth2', 'down');
  t.ok(await reached(), 'without s1 to s2');
  const moved = await ferry('migrate', 'nat1', '--to', 'host2', '--wait', '--json');
  t.equal(moved.code, 0, moved.stderr);
  t.ok(await reached(), 'after a migration without it');
  await setLink('s1-eth2', 'up');
  await setLink('s1-eth3', 'down');
  t.ok(await reached(), 'without s1 to s3: host2 is two trunks away');
  await setLink('s1-eth3', 'up');
  const back = await ferry('migrate', 'nat1', '--to', 'host1', '--wait', '--json');
  t.equal(back.code, 0, back.stderr);
  t.ok(await reached(), 'back again');

  const down = await ferry('lab', 'down');
  t.equal(down.code, 0, down.stderr);
  t.same(await machine(), before, 'nothing is left');
});

t.test('a migration across switches loses nothing', { skip }, async (t) => {
  const report = join(await mkdtemp(join(tmpdir(), 'fyt-')), 'report.json');
  t.teardown(() => rm(join(report, '..'), { recursive: true }));
  const demo = packagePath('dist/sdn-app/cli/demo.js');
  const options = ['--topology', TOPOLOGY, '--rate', '3000', '--report', report, '--json'];
  const said = await run(process.execPath, [demo, ...options]);
  t.equal(said.code, 0, said.stderr);
  const { traffic, migration } = reportSchema.parse(
    z.unknown().parse(JSON.parse(await readFile(report, 'utf8'))),
  );
  t.match(traffic, { lost: 0, duplicated: 0, reordered: 0, translationsChanged: 0 });
  t.equal(traffic.tcp.survived, true);
  t.match(migration, { state: 'completed', bundle: true });
});
