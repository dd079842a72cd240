// A checkpoint of a protected NAT in a real lab: it is the standby's, and the VNF can go back to it.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { victimNamed } from '../../sdn-app/cli/chaos/victim.js';
import { checkpointResource, restoreResource } from '../../sdn-app/contract/rest.js';
import { findCriu } from '../../vnf-host/checkpoint/probe.js';
import { cannotRunLab, ferry } from './ferry-command.js';
import { machine } from './machine.js';
import { protectedNat, until } from './protected-nat.js';

const noCriu = (await findCriu()) === undefined && 'no criu works on this machine';
const skip = cannotRunLab() || noCriu;

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
  const lab = await protectedNat(t);
  const { api, nat } = lab;
  const { host, instance, redundancy } = await nat();

  const { pid } = await victimNamed('nat1', lab);
  const said = ferry('checkpoint', 'nat1', '--json');
  const states = await statesOf(pid, said);
  t.equal((await said).code, 0, (await said).stderr);
  const taken = checkpointResource.parse(JSON.parse((await said).stdout));
  t.match(taken, { role: 'standby', servingFrozenMs: 0, instance: redundancy?.instance });
  t.match(taken.hosts, [redundancy?.host, host], 'kept where it was taken, and copied');
  t.ok(taken.frozenMs > 0);
  for (const stopped of ['t', 'T']) t.notOk(states.has(stopped), 'the serving one went on');
  t.ok(await lab.isProtected(), 'the same standby goes on');
  t.match(await nat(), { instance, redundancy: { instance: redundancy?.instance } });
  t.same(await api.recoveries(), []);

  const back = await ferry('restore', 'nat1', '--json');
  t.equal(back.code, 0, back.stderr);
  const restored = restoreResource.parse(JSON.parse(back.stdout));
  t.match(restored, { host, instance: taken.instance, checkpoint: { id: taken.id } });
  await until('the mapping is back', lab.hasMapping);
  t.equal((await lab.ping()).code, 0);
  await until('it has a standby again', lab.isProtected);
  t.match(await nat(), { host, instance: taken.instance });
  t.equal((await ferry('lab', 'down')).code, 0);
  t.same(await machine(), before);
});
