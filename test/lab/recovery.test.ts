// A protected NAT in a real lab: failures under load, and one that takes the controller with it.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { z } from 'zod';
import { FerryApi } from '../../sdn-app/cli/api.js';
import { signal, victimNamed } from '../../sdn-app/cli/chaos/victim.js';
import { RECOVERY_TOPOLOGY } from '../../sdn-app/cli/paths.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import { recoveryReport } from '../../sdn-app/contract/recovery.js';
import type { VnfResource } from '../../sdn-app/contract/rest.js';
import { cannotRunLab, ferry, LAB_DIR, run } from './ferry-command.js';
import { machine } from './machine.js';

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

/** Waits for a condition as long as a busy machine may need. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await holds().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(`not in time: ${what}`);
}

t.test('instance and controller killed in one moment', { skip }, async (t) => {
  t.teardown(() => ferry('lab', 'down'));
  const up = await ferry('lab', 'up', RECOVERY_TOPOLOGY);
  t.equal(up.code, 0, up.stderr);
  const api = new FerryApi('http://127.0.0.1:8181');
  const rehearsal = { topology: await loadTopology(RECOVERY_TOPOLOGY), api };
  const nat = (): Promise<VnfResource> => api.vnf('nat1');
  const isProtected = async () => {
    const { state, redundancy } = await nat();
    return state === 'serving' && redundancy?.state === 'ready';
  };
  await until('a standby is ready', isProtected);
  const ping = () =>
    ferry('lab', 'exec', 'client', '--', 'ping', '-c', '1', '-W', '10', '203.0.113.10');
  t.equal((await ping()).code, 0);
  await until('the mapping is counted', async () => ((await nat()).stats?.entries ?? 0) > 0);
  const { host, instance } = await nat();

  const victims = [
    await victimNamed('nat1', rehearsal),
    await victimNamed('controller', rehearsal),
  ];
  await Promise.all(victims.map((victim) => signal(victim, 'SIGKILL')));
  await until(
    'it serves elsewhere',
    async () => (await isProtected()) && (await nat()).host !== host,
  );
  t.not((await nat()).instance, instance);
  t.ok(((await nat()).stats?.entries ?? 0) > 0, 'with its state');
  t.equal((await ping()).code, 0);
  t.match(await api.recoveries(), [{ vnf: 'nat1', state: 'completed' }]);
  const [account] = await api.availability();
  t.match(account, { vnf: 'nat1', up: true, recoveries: 1 });
});
