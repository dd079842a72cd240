// The command on this machine as it is, and on one where a program is missing.
import { execFileSync, spawnSync } from 'node:child_process';
import { release } from 'node:os';
import t from 'tap';
import { z } from 'zod';
import { find, findingSchema } from '../../../../sdn-app/cli/doctor/finding.js';
import { packagePath } from '../../../../sdn-app/cli/paths.js';

const documentSchema = z.strictObject({ ready: z.boolean(), findings: z.array(findingSchema) });

function doctor(environment: Record<string, string> = {}) {
  const words = [packagePath('sdn-app/cli/ferry.mjs'), 'doctor', '--json'];
  const env = { ...process.env, ...environment };
  const { status, stdout } = spawnSync(process.execPath, words, { env, timeout: 240_000 });
  return { status, document: documentSchema.parse(JSON.parse(stdout.toString())) };
}

t.test('it says what is there, and that the lab can run', (t) => {
  const { status, document } = doctor();
  t.equal(status, 0);
  t.equal(document.ready, true);
  const found = new Map(document.findings.map((each) => [each.name, each]));
  t.match(found.get('kernel'), { there: true, detail: release() });
  t.match(found.get('node'), { there: true, detail: process.versions.node });
  t.match(found.get('Open vSwitch'), { there: true, detail: /Open vSwitch/ });
  t.match(found.get('AF_PACKET'), { there: true });
  for (const { name, there, cost } of document.findings) {
    t.equal(cost === undefined, there, `${name}: what is not there has a cost`);
  }
  t.end();
});

t.test('without the programs that the lab needs it ends with 1 and names them', (t) => {
  const node = execFileSync('dirname', [process.execPath]).toString().trim();
  const { status, document } = doctor({ PATH: `${node}/no-such-folder`, FERRY_CRIU: '/no/criu' });
  t.equal(status, 1);
  t.equal(document.ready, false);
  const missing = document.findings.filter(({ there, needed }) => needed && !there);
  t.match(
    missing.map(({ name }) => name),
    ['Open vSwitch', 'ip', 'ethtool', 'nsenter'],
  );
  const criu = document.findings.find(({ name }) => name === 'criu');
  t.match(criu, { there: false, needed: false, detail: /\/no\/criu.*ENOENT/ });
  t.end();
});

t.test('a check that throws is a thing that is not there', async (t) => {
  const check = { name: 'x', needed: false, cost: 'much', look: () => undefined };
  t.match(await find(check), { there: false, detail: 'not found', cost: 'much' });
  const failing = { ...check, look: () => Promise.reject(new Error('broken')) };
  t.match(await find(failing), { there: false, detail: 'broken', cost: 'much' });
});
