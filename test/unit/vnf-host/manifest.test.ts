import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  instanceFiles,
  newManifest,
  readManifests,
  removeInstanceFiles,
  writeManifest,
} from '../../../vnf-host/manifest.js';
import { natSpec } from './support/host.js';

const ID = 'nat1.00000001';

t.test('a manifest is read as it was written', async (t) => {
  const runDir = t.testdir();
  const files = instanceFiles(runDir, ID);
  const manifest = newManifest(natSpec(ID, 'standby'));
  await writeManifest(files.manifest, manifest);
  const served = { ...manifest, role: 'serving' as const, process: { pid: 7, startTicks: 9 } };
  await writeManifest(files.manifest, served);
  t.same(readdirSync(runDir), [`${ID}.json`], 'no temporary file stays');
  t.same(await readManifests(runDir), { manifests: [served], refused: [] });
  await removeInstanceFiles(files);
  t.notOk(existsSync(files.manifest));
  await removeInstanceFiles(files);
});

t.test('what is no manifest is refused, by name', async (t) => {
  const runDir = t.testdir();
  const manifest = newManifest(natSpec(ID, 'serving'));
  const text = JSON.stringify(manifest);
  const contents = {
    'nat1.00000002.json': text,
    'nat1.00000003.json': text.slice(0, -1),
    'nat1.00000004.json': JSON.stringify({ ...manifest, colour: 'red' }),
    'nat1.00000005.json': JSON.stringify({ ...manifest, process: { pid: -1, startTicks: 0 } }),
    'agent.json': text,
    [`${ID}.json.tmp`]: text,
  };
  for (const [name, content] of Object.entries(contents)) {
    writeFileSync(join(runDir, name), content);
  }
  const { manifests, refused } = await readManifests(runDir);
  t.same(manifests, []);
  t.same(
    refused.sort(),
    [2, 3, 4, 5].map((digit) => `nat1.0000000${digit}.json`),
  );
});
