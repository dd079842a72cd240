// Every fault of `ferry chaos`, one after the other, on a real lab: each shows, and is over at the end.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { chaosReport } from '../../sdn-app/contract/chaos.js';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { cannotRunLab, ferry } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const LAB = 'fyx-chaos';

const SCRIPT = `
chaos:
  - { fault: stop, process: nat1, forMs: 300, afterMs: 500 }
  - { fault: cutLink, host: host2, network: outside, forMs: 500, afterMs: 1000 }
  - { fault: dropHost, host: host2, forMs: 500, afterMs: 1000 }
  - { fault: fillDisk, process: controller, forMs: 500, afterMs: 1000 }
  - { fault: kill, process: agent-host2, afterMs: 1000 }
  - { fault: kill, process: controller, afterMs: 1000 }
  - { fault: restartOvs, afterMs: 3000 }
  - { fault: kill, process: nat1, afterMs: 3000 }
  - { fault: hang, process: agent-host1, afterMs: 3000 }
`;

t.test('chaos', { skip, timeout: 240_000 }, async (t) => {
  const before = await machine();
  const directory = await mkdtemp(join(tmpdir(), 'fyx-'));
  t.teardown(() => rm(directory, { recursive: true }));
  t.teardown(async () => {
    const { stdout } = await ferry('lab', 'status', '--json');
    if (stdout.includes(`"topology": "${LAB}"`)) await ferry('lab', 'down');
  });
  const text = await readFile(packagePath('topologies/nat-migration.yaml'), 'utf8');
  const file = join(directory, 'chaos.yaml');
  await writeFile(file, text.replace('name: nat-migration', `name: ${LAB}`) + SCRIPT);
  const up = await ferry('lab', 'up', file);
  t.equal(up.code, 0, up.stderr);

  const said = await ferry('chaos', '--json');
  t.equal(said.code, 0, said.stderr);
  const report = chaosReport.parse(JSON.parse(said.stdout));
  t.equal(report.steps.length, 9);
  t.same(
    report.steps.filter(({ failure }) => failure !== null),
    [],
    'each was done',
  );
  t.match(report, { seed: null, recovered: true, vnfs: [{ name: 'nat1', state: 'serving' }] });
  const words = ['client', '--', 'ping', '-c', '1', '-W', '10', '203.0.113.10'];
  const ping = await ferry('lab', 'exec', ...words);
  t.equal(ping.code, 0, 'frames pass again');
  const { stdout } = await ferry('lab', 'exec', 'host2', '--', 'nft', 'list', 'tables');
  t.notMatch(stdout, /ferry_chaos/, 'no rule is left');

  const down = await ferry('lab', 'down');
  t.equal(down.code, 0, down.stderr);
  t.same(await machine(), before, 'nothing is left');
});
