import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { instanceFiles, newManifest, type Manifest } from '../../../vnf-host/manifest.js';
import { InstanceRecord } from '../../../vnf-host/record.js';
import { natSpec } from './support/host.js';

const ID = 'nat1.00000001';

t.test('changes are seen at once and end up on disk, the last one last', async (t) => {
  const runDir = t.testdir();
  const files = instanceFiles(runDir, ID);
  const record = new InstanceRecord(newManifest(natSpec(ID, 'standby')), files);
  const updates = [1, 2, 3].map((pid) => record.update({ process: { pid, startTicks: 0 } }));
  updates.push(record.update({ role: 'serving' }));
  t.match(record.now, { role: 'serving', process: { pid: 3 } });
  await Promise.all(updates);
  const written = JSON.parse(readFileSync(files.manifest, 'utf8')) as Manifest;
  t.same(written, record.now);
});

t.test('a removed record stays removed, and its second removal touches nothing', async (t) => {
  const runDir = t.testdir();
  const files = instanceFiles(runDir, ID);
  const record = new InstanceRecord(newManifest(natSpec(ID, 'standby')), files);
  const update = record.update({ role: 'serving' });
  await record.remove();
  await update;
  await record.update({ role: 'standby' });
  t.same(readdirSync(runDir), []);
  const successor = new InstanceRecord(newManifest(natSpec(ID, 'standby')), files);
  await successor.update({});
  await record.remove();
  t.same(readdirSync(runDir), [`${ID}.json`]);
});
