// A checkpoint of a protected NAT in a real lab: it is the standby's, and the VNF can go back to it.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { FerryApi } from '../../sdn-app/cli/api.js';
import { victimNamed } from '../../sdn-app/cli/chaos/victim.js';
import { RECOVERY_TOPOLOGY } from '../../sdn-app/cli/paths.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import { checkpointResource, restoreResource } from '../../sdn-app/contract/rest.js';
import { findCriu } from '../../vnf-host/checkpoint/probe.js';
import { cannotRunLab, ferry } from './ferry-command.js';
import { machine } from './machine.js';

const noCriu = (await findCriu()) === undefined && 'no criu works on this machine';
const skip = cannotRunLab() || noCriu;

/** Waits for a condition as long as a busy machine may need. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await holds().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(`not in time: ${what}`);
}

/** States that the process was seen in (proc(5)) until `over`. */
async function statesOf(pid: number, over: Promise<unknown>): Promise<Set<string>> {
  const seen = new Set<string>();
  const state = { isOver: false };
  void over.finally(() => (state.isOver = true));
  while (!state.isOver) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    seen.add(stat[stat.lastIndexOf(')') + 2] ?? '');
    await sleep(2);
  }
  return seen;
}

t.test('taken of the standby, and restored', { skip }, async (t) => {
  const before = await machine();
  t.teardown(() => ferry('lab', 'down'));
  const up = await ferry('lab', 'up', RECOVERY_TOPOLOGY);
  t.equal(up.code, 0, up.stderr);
  const api = new FerryApi('http://127.0.0.1:8181');
  const nat = () => api.vnf('nat1');
  const isProtected = async () => {
    const { state, redundancy } = await nat();
    return state === 'serving' && redundancy?.state === 'ready';
  };
  await until('a standby is ready', isProtected);
  const ping = () =>
    ferry('lab', 'exec', 'client', '--', 'ping', '-c', '1', '-W', '10', '203.0.113.10');
  t.equal((await ping()).code, 0);
  await until('the mapping is counted', async () => ((await nat()).stats?.entries ?? 0) > 0);
  const { host, instance, redundancy } = await nat();

  const rehearsal = { topology: await loadTopology(RECOVERY_TOPOLOGY), api };
  const { pid } = await victimNamed('nat1', rehearsal);
  const said = ferry('checkpoint', 'nat1', '--json');
  const states = await statesOf(pid, said);
  t.equal((await said).code, 0, (await said).stderr);
  const taken = checkpointResource.parse(JSON.parse((await said).stdout));
  t.match(taken, { role: 'standby', servingFrozenMs: 0, instance: redundancy?.instance });
  t.match(taken.hosts, [redundancy?.host, host], 'kept where it was taken, and copied');
  t.ok(taken.frozenMs > 0);
  for (const stopped of ['t', 'T']) t.notOk(states.has(stopped), 'the serving one went on');
  t.ok(await isProtected(), 'the same standby goes on');
  t.match(await nat(), { instance, redundancy: { instance: redundancy?.instance } });
  t.same(await api.recoveries(), []);

  const back = await ferry('restore', 'nat1', '--json');
  t.equal(back.code, 0, back.stderr);
  const restored = restoreResource.parse(JSON.parse(back.stdout));
  t.match(restored, { host, instance: taken.instance, checkpoint: { id: taken.id } });
  await until('the mapping is back', async () => ((await nat()).stats?.entries ?? 0) > 0);
  t.equal((await ping()).code, 0);
  await until('it has a standby again', isProtected);
  t.match(await nat(), { host, instance: taken.instance });
  t.equal((await ferry('lab', 'down')).code, 0);
  t.same(await machine(), before);
});
