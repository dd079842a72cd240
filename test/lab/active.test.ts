// Several instances serve, each the replica of another: failures of either under load, in the lab.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { recoveryReport, type RecoveryReport } from '../../sdn-app/contract/recovery.js';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { cannotRunLab, LAB_DIR, run } from './ferry-command.js';
import { machine } from './machine.js';

const skip = cannotRunLab();
const DEMO = fileURLToPath(new URL('../../sdn-app/cli/demo.js', import.meta.url));

/** Strikes one after the other; before each, all is divided and replicated again. */
async function struck(t: Test, topology: string, faults: string): Promise<RecoveryReport[]> {
  const before = await machine();
  const file = packagePath(`topologies/${topology}.yaml`);
  const options = ['--topology', file, '--faults', faults, '--rate', '500', '--json'];
  const said = await run(process.execPath, [DEMO, 'recovery', ...options]);
  t.equal(said.code, 0, said.stderr);
  t.same(await machine(), before);
  t.notOk(existsSync(LAB_DIR));
  const reports = z.array(recoveryReport).parse(JSON.parse(said.stdout));
  for (const { recovery, traffic, srcHost, destHost } of reports) {
    t.equal(recovery.translationsChanged, 0);
    t.ok((traffic.delivered ?? 0) > 1000, 'there was traffic');
    t.equal(traffic.duplicated, 0, 'two never spoke for one flow');
    t.not(srcHost, destHost);
  }
  return reports;
}

t.test('1R-AA: a NAT on two hosts, either of them is lost', { skip }, async (t) => {
  const reports = await struck(t, 'nat-active-active', 'kill,stop');
  t.same(
    reports.map(({ recovery, srcHost }) => [recovery.mechanism, recovery.fault, srcHost]),
    [
      ['1R-AA', 'processExit', 'host1'],
      // The other one does the rest since then, though host1 has its share again.
      ['1R-AA', 'processStopped', 'host2'],
    ],
  );
});

t.test('MR-AA: a packet gateway on three hosts', { skip }, async (t) => {
  const [report] = await struck(t, 'pg-several-active', 'kill');
  t.match(report, { srcHost: 'host1', destHost: 'host2', recovery: { mechanism: 'MR-AA' } });
});
