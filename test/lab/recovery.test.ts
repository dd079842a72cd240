// A protected NAT in a real lab: failures under load, and one that takes the controller with it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { z } from 'zod';
import { signal, victimNamed } from '../../sdn-app/cli/chaos/victim.js';
import { recoveryReport } from '../../sdn-app/contract/recovery.js';
import { cannotRunLab, LAB_DIR, run } from './ferry-command.js';
import { machine } from './machine.js';
import { protectedNat, until } from './protected-nat.js';

const skip = cannotRunLab();
const DEMO = fileURLToPath(new URL('../../sdn-app/cli/demo.js', import.meta.url));

t.test('killed and stopped under load: every translation stays', { skip }, async (t) => {
  const before = await machine();
  const options = ['--mechanisms', '1R-AS', '--faults', 'kill,stop', '--rate', '500', '--json'];
  const said = await run(process.execPath, [DEMO, 'recovery', ...options]);
  t.equal(said.code, 0, said.stderr);
  const reports = z.array(recoveryReport).parse(JSON.parse(said.stdout));
  t.same(
    reports.map(({ recovery, srcHost }) => [recovery.fault, srcHost]),
    [
      ['processExit', 'host1'],
      ['processStopped', 'host2'],
    ],
  );
  for (const { recovery, traffic } of reports) {
    t.equal(recovery.translationsChanged, 0);
    t.ok((traffic.delivered ?? 0) > 1000, 'there was traffic');
    t.equal(traffic.duplicated, 0, 'two never spoke');
    t.type(recovery.outageMs, 'number');
  }
  t.same(await machine(), before);
  t.notOk(existsSync(LAB_DIR));
});

t.test('instance and controller killed in one moment', { skip }, async (t) => {
  const lab = await protectedNat(t);
  const { api, nat } = lab;
  const { host, instance } = await nat();

  const victims = [await victimNamed('nat1', lab), await victimNamed('controller', lab)];
  await Promise.all(victims.map((victim) => signal(victim, 'SIGKILL')));
  await until(
    'it serves elsewhere',
    async () => (await lab.isProtected()) && (await nat()).host !== host,
  );
  t.not((await nat()).instance, instance);
  t.ok(await lab.hasMapping(), 'with its state');
  t.equal((await lab.ping()).code, 0);
  t.match(await api.recoveries(), [{ vnf: 'nat1', state: 'completed' }]);
  const [account] = await api.availability();
  t.match(account, { vnf: 'nat1', up: true, recoveries: 1 });
});
