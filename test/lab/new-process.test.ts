// A NAT without a standby in a real lab: a new process goes on from the log of statelets, where the old
// one was and on another host.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { packagePath, RECOVERY_TOPOLOGY } from '../../sdn-app/cli/paths.js';
import { recoveryReport } from '../../sdn-app/contract/recovery.js';
import { cannotRunLab, run } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();

t.test('0R of a NAT under load: every translation stays', { skip }, async (t) => {
  const before = await machine();
  const directory = await mkdtemp(join(tmpdir(), 'fyg-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'nat.yaml');
  const text = await readFile(RECOVERY_TOPOLOGY, 'utf8');
  await writeFile(file, text.replace('mechanism: 1R-AS', 'mechanism: 0R'));
  const options = ['--topology', file, '--faults', 'kill,link', '--rate', '500', '--json'];
  const demo = packagePath('dist/sdn-app/cli/demo.js');
  const said = await run(process.execPath, [demo, 'recovery', ...options]);
  t.equal(said.code, 0, said.stderr);
  const reports = z.array(recoveryReport).parse(JSON.parse(said.stdout));
  t.same(
    reports.map(({ recovery: { mechanism, fault }, srcHost, destHost }) => [
      ...[mechanism, fault, srcHost, destHost],
    ]),
    [
      ['0R', 'processExit', 'host1', 'host1'],
      ['0R', 'linkDown', 'host1', 'host2'],
    ],
  );
  for (const { recovery, traffic } of reports) {
    t.comment(JSON.stringify(recovery));
    t.equal(recovery.translationsChanged, 0);
    t.ok((traffic.delivered ?? 0) > 1000, 'there was traffic');
    t.equal(traffic.duplicated, 0, 'two never spoke');
    t.ok((recovery.imageBytes ?? 0) > 0, 'it came back from a log');
  }
  t.same(await machine(), before);
});
