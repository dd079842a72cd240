/** Runs in a network namespace of its own: a program's checkpoint that waits on another host. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { restoreAnswer } from '../../../../sdn-app/contract/checkpoint.js';
import { until } from './controller.js';
import { TestHost } from './host.js';
import { checkpoint, clientOf, counter, ship, stop } from './program-bed.js';

/** Processes of what waits on this host, its guard aside. */
function waitingOn({ runDir }: TestHost): number[] {
  const words = (pid: string) => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        return words(pid).includes(`${runDir}/checkpoints/work-`) ? [Number(pid)] : [];
      } catch {
        return [];
      }
    });
}

const workDirs = ({ runDir }: TestHost) =>
  readdirSync(join(runDir, 'checkpoints')).filter((name) => name.startsWith('work-'));

t.test('a ready standby is unheard, and takes over with the connection', async (t) => {
  const first = await TestHost.up(t);
  const second = await TestHost.up(t);
  const spec = counter('fyg2');
  const pid = await first.start(counter('fyg1'));
  const client = await clientOf(t);
  t.equal(await client.next(), 1);
  const earlier = await checkpoint(first);
  await ship(earlier.id, first, second);
  const ready = { method: 'readyCheckpoint' as const, spec };
  t.same(await second.controller.get({ ...ready, checkpoint: earlier.id }), {});
  const [waiting] = waitingOn(second);
  t.same(await second.controller.get({ ...ready, checkpoint: earlier.id }), {});
  t.same(waitingOn(second), [waiting], 'asked again it stays');
  for (let line = 2; line <= 5; line += 1) t.equal(await client.next(), line, 'unheard');

  const { id } = await checkpoint(first);
  await ship(id, first, second);
  await second.controller.get({ ...ready, checkpoint: id });
  t.equal(waitingOn(second).length, 1, 'the newer one has replaced it');
  t.not(waitingOn(second)[0], waiting);
  t.equal(workDirs(second).length, 1);
  const unknown = await second.controller.ask({ ...ready, checkpoint: 'c-00000000' });
  t.match(unknown, { type: 'failure', problem: { code: 'CHECKPOINT_UNKNOWN' } });
  t.equal(waitingOn(second).length, 1, 'one that cannot be made ready replaces none');
  t.equal(await client.next(), 6);

  process.kill(pid, 'SIGKILL');
  await first.controller.next('instanceExited');
  const connections = await stop(first);
  const request = { method: 'restoreInstance' as const, spec, checkpoint: id, connections };
  const answer = restoreAnswer.parse(await second.controller.get(request));
  t.comment(`restored in ${answer.restoreMs} ms`);
  t.match(answer, { checkpoint: { id }, loss: { connections: 1, behind: 1 } });
  t.equal(await client.next(), 6, 'on the same connection, from the newer one');
  t.equal(client.ending, undefined);
  t.same([waitingOn(second), workDirs(second)], [[], []]);
  await stop(second);
});

t.test(
  'nothing is left of a ready standby: dropped, its process or its agent killed',
  async (t) => {
    const host = await TestHost.up(t);
    await host.start(counter('fyg1'));
    const client = await clientOf(t);
    t.equal(await client.next(), 1);
    const { id } = await checkpoint(host);
    await stop(host);
    const spec = counter('fyg2');
    const ready = { method: 'readyCheckpoint' as const, spec, checkpoint: id };
    await host.controller.get(ready);
    const isGone = () => (waitingOn(host).length === 0 ? true : undefined);
    for (const again of [1, 2]) {
      t.same(await host.controller.get({ method: 'dropReady', vnf: 'count' }), {}, `${again}`);
      t.same([waitingOn(host), workDirs(host)], [[], []]);
    }

    await host.controller.get(ready);
    const [killed = 0] = waitingOn(host);
    process.kill(killed, 'SIGKILL');
    await until(isGone, 'its end');
    await host.controller.get(ready);
    t.equal(waitingOn(host).length, 1, 'it is made anew');
    t.equal(workDirs(host).length, 1);

    await host.killAgent();
    await until(isGone, 'the end of what waited for the agent');
    await host.startAgent();
    t.same(workDirs(host), []);

    await host.controller.get(ready);
    process.kill(waitingOn(host)[0] ?? 0, 'SIGKILL');
    await until(isGone, 'its end');
    const request = { method: 'restoreInstance' as const, spec, checkpoint: id };
    restoreAnswer.parse(await host.controller.get(request));
    t.equal(await (await clientOf(t)).next(), 2, 'without one it is restored all the same');
    t.same(workDirs(host), []);
    await stop(host);
  },
);
