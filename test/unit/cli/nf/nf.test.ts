// `ferry nf`: a network function built outside the tree keeps the laws, a broken one is found out.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { loadTopology, parseTopology } from '../../../../sdn-app/contract/load.js';
import { ferry } from '../../../lab/ferry-command.js';
import { buildExample } from './example.js';

const said = z.object({
  passed: z.boolean(),
  results: z.array(
    z.object({ name: z.string(), passed: z.boolean(), remarks: z.array(z.string()) }),
  ),
});

t.test('the example, built apart, keeps every law', { timeout: 120_000 }, async (t) => {
  const { folder, library, topology } = await buildExample(t);
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify({ options: { capacity: 40, idleMs: 60_000 } }));
  for (const options of [[], ['--config', config]]) {
    const { code, stdout, stderr } = await ferry('nf', 'test', library, ...options, '--json');
    t.equal(code, 0, stderr + stdout);
    const { passed, results } = said.parse(JSON.parse(stdout));
    t.equal(passed, true);
    t.ok(results.length >= 4);
    t.ok(results.every((each) => each.passed));
  }
  t.equal((await loadTopology(topology)).vnfs['gate1']?.kind, 'plugin');

  await writeFile(config, JSON.stringify({ options: { capacity: 0 } }));
  const refused = await ferry('nf', 'test', library, '--config', config);
  t.equal(refused.code, 1);
  t.match(refused.stderr, /^error CONFIG_INVALID: .*capacity.* \(options\.capacity\)/);
});

t.test('what is not announced is found out', { timeout: 120_000 }, async (t) => {
  const { library } = await buildExample(t, (source) =>
    source.replace('Flow& touch(std::uint32_t slot) { return table_.touch(slot); }', (touch) =>
      touch.replace('table_.touch(slot)', 'const_cast<Flow&>(table_.at(slot))'),
    ),
  );
  const { code, stdout } = await ferry('nf', 'test', library);
  t.equal(code, 1);
  t.match(stdout, /BROKEN .*law 1/);
  t.match(stdout, /FERRY_TEST_SEED=\d+/);
});

t.test('what cannot be tested is refused', async (t) => {
  for (const [words, code, error] of [
    [['/nonexistent.so'], 1, /^error PLUGIN_UNREADABLE: .*No such file.* \(path\)/],
    [['/etc/hostname'], 1, /^error PLUGIN_INVALID: /],
    [['x.so', '--config', '/nonexistent'], 1, /^error FILE_UNREADABLE: .*\(--config\)/],
    [['x.so', '--seed', 'one'], 2, /^error CONFIG_INVALID: /],
    [[], 2, /^error CONFIG_INVALID: /],
  ] as const) {
    const { code: got, stderr } = await ferry('nf', 'test', ...words);
    t.equal(got, code, words.join(' '));
    t.match(stderr, error);
  }
});

t.test('`ferry nf include` names the folder of the header', async (t) => {
  const folder = (await ferry('nf', 'include')).stdout.trim();
  t.ok(existsSync(join(folder, 'ferry/nf.hpp')));
});

t.test('a topology with a plugin', async (t) => {
  const file = new URL('../../../../../docs/examples/gatekeeper/gatekeeper.yaml', import.meta.url);
  const topology = await loadTopology(file.pathname);
  const gate = topology.vnfs['gate1'];
  t.match(gate?.config, {
    path: file.pathname.replace('.yaml', '.so'),
    ports: ['inside', 'outside'],
  });
  const changed = (config: object) => {
    const vnfs = { gate1: { ...gate, config: { path: 'x.so', ...config } } };
    return () => parseTopology(JSON.stringify({ ...topology, vnfs }), '/lab/lab.yaml');
  };
  t.match(changed({ gateways: { outside: '203.0.113.254' } })().vnfs['gate1']?.config, {
    path: '/lab/x.so',
  });
  const deep = { a: { b: { c: { d: { e: { f: { g: 1 } } } } } } };
  for (const [config, field] of [
    [{ path: '' }, 'path'],
    [{ ports: ['inside', 'inside'] }, 'ports'],
    [{ ports: ['inside', 'dmz'] }, undefined],
    [{ gateways: { dmz: '10.0.0.9' } }, 'gateways.dmz'],
    [{ gateways: { outside: '10.0.0.9' } }, 'gateways.outside'],
    [{ options: { inside: 1 } }, 'options.inside'],
    [{ options: deep }, 'options'],
    [{ options: { long: 'x'.repeat(2049) } }, 'options'],
    [{ options: { many: Array<number>(2001).fill(1) } }, 'options'],
    [{ option: {} }, 'option'],
  ] as const) {
    const wanted = field === undefined ? 'vnfs.gate1.ports.outside' : `vnfs.gate1.config.${field}`;
    t.throws(changed(config), { code: 'TOPOLOGY_INVALID', field: wanted }, wanted);
  }
});
