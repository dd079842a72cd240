// Reading a topology: what is no YAML, too large, or hides a bomb is refused with a code.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadTopology, MAX_TOPOLOGY_BYTES } from '../../../sdn-app/contract/load.js';

const directory = await mkdtemp(join(tmpdir(), 'ferry-load-'));
t.teardown(() => rm(directory, { recursive: true }));

async function fault(text: string): Promise<unknown> {
  const file = join(directory, 'lab.yaml');
  await writeFile(file, text);
  return loadTopology(file).then(
    () => undefined,
    (error: unknown) => error,
  );
}

t.test('the shipped topologies are valid', async (t) => {
  for (const name of ['nat-migration', 'nat-active-active', 'pg-several-active']) {
    const file = new URL(`../../../../topologies/${name}.yaml`, import.meta.url).pathname;
    t.equal((await loadTopology(file)).name, name);
  }
});

t.test('a missing file', async (t) => {
  await t.rejects(loadTopology(join(directory, 'nope.yaml')), { code: 'TOPOLOGY_UNREADABLE' });
});

t.test('a directory', async (t) => {
  await t.rejects(loadTopology(directory), { code: 'TOPOLOGY_UNREADABLE' });
});

t.test('a file larger than a topology can be', async (t) => {
  const error = await fault(`# ${'x'.repeat(MAX_TOPOLOGY_BYTES)}\n`);
  t.match(error, { code: 'TOPOLOGY_UNREADABLE', message: /at most 1048576/ });
});

t.test('no YAML: the line is named', async (t) => {
  t.match(await fault('version: 1\nname: [a\n'), {
    code: 'TOPOLOGY_UNREADABLE',
    message: /lab\.yaml:\d/,
  });
});

t.test('the same key twice', async (t) => {
  t.match(await fault('version: 1\nversion: 1\n'), {
    code: 'TOPOLOGY_UNREADABLE',
    message: /lab\.yaml:2: .*unique/,
  });
});

t.test('aliases that unfold to millions of nodes', async (t) => {
  const levels = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let depth = 1; depth < 8; depth += 1) {
    const aliases = Array.from({ length: 10 }, () => `*a${depth - 1}`).join(', ');
    levels.push(`a${depth}: &a${depth} [${aliases}]`);
  }
  t.match(await fault(levels.join('\n')), { code: 'TOPOLOGY_UNREADABLE', message: /alias/ });
});

t.test('an empty file and a list are no topology', async (t) => {
  t.match(await fault(''), { code: 'TOPOLOGY_INVALID' });
  t.match(await fault('[1, 2]'), { code: 'TOPOLOGY_INVALID' });
});

t.test('a wrong value names its field and line', async (t) => {
  const text = 'version: 1\nname: x\nswitches:\n  s1:\n    dpid: -1\n';
  t.match(await fault(text), {
    code: 'TOPOLOGY_INVALID',
    field: 'switches.s1.dpid',
    message: /lab\.yaml:5: /,
  });
});
