/** Runs in a network namespace of its own: unmodified programs on two hosts, and a client of theirs. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { restoreAnswer, type ConnectionStanding } from '../../../../sdn-app/contract/checkpoint.js';
import { instanceStats } from '../../../../sdn-app/contract/instance.js';
import { identify } from '../../../../vnf-host/process.js';
import { until } from './controller.js';
import { TestHost } from './host.js';
import { checkpoint, clientOf, counter, ID, ship, stop } from './program-bed.js';

/** A connection that nobody accepts, a large file without a name, shared memory, a thread, a child. */
const MANY_THINGS = `
import mmap, os, socket, subprocess, tempfile, threading, time
server = socket.create_server(('10.9.0.1', 7000))
nameless = tempfile.TemporaryFile(dir='.')
nameless.write(bytes(3000000))
nameless.flush()
memory = mmap.mmap(-1, 65536)
threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
child = subprocess.Popen(['sleep', '3600'])
while True:
    print(os.fstat(nameless.fileno()).st_size, len(memory), flush=True)
    time.sleep(0.05)
`;

t.test('a program runs in its own network, with its files; stopped, nothing is left', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(counter('fyg1'));
  const client = await clientOf(t);
  t.equal(await client.next(), 1);
  t.equal(await client.next(), 2);
  t.equal(readFileSync(join(host.runDir, `${ID}.files`, 'output.log'), 'utf8'), '1\n2\n');
  const stats = instanceStats.parse(await host.call(ID, { method: 'stats' }));
  t.equal(stats.mode, 'serving');
  t.ok((stats.counters['lan.rxPackets'] ?? 0) >= 4);
  const refused = await host.controller.ask({
    method: 'callInstance',
    instance: ID,
    call: { method: 'arm' },
  });
  t.match(refused, { type: 'failure', problem: { code: 'INSTANCE_STATE' } });

  await host.killAgent();
  t.match(await host.startAgent(), [{ id: ID, pid, stats: { mode: 'serving' } }], 'adopted');
  t.equal(await client.next(), 3);
  await stop(host);
  t.equal(identify(pid), undefined);
  t.same(readdirSync(host.runDir), ['agent.lock']);
});

t.test('what cannot start says why, in its own words', async (t) => {
  const host = await TestHost.up(t);
  const missing = await host.controller.ask({
    method: 'startInstance',
    spec: counter('fyg1', { command: ['/no/such/program'] }),
  });
  t.match(missing, { type: 'failure', problem: { code: 'INSTANCE_FAILED', message: /No such/ } });
  const wrong = await host.controller.ask({
    method: 'startInstance',
    spec: counter('fyg1', { command: ['/usr/bin/python3', 'missing.py'] }),
  });
  t.match(wrong, { type: 'failure', problem: { message: /can't open file/ } });
  const noPort = await host.controller.ask({ method: 'startInstance', spec: counter('fyg9') });
  t.match(noPort, { type: 'failure', problem: { field: 'spec.ports', message: /fyg9/ } });
  t.same(readdirSync(host.runDir), ['agent.lock']);
});

t.test('what the program closes is closed, what its death would close is not', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(counter('fyg1'));
  const [polite, client] = [await clientOf(t), await clientOf(t)];
  await polite.next();
  await client.next();
  polite.socket.end();
  await until(() => polite.ending, 'end of the connection that the program closed');
  t.equal(polite.ending, 'end');

  const taken = await checkpoint(host);
  t.ok(taken.frozenMs > 0);
  t.equal(await client.next(), 3, 'it goes on after a checkpoint');
  process.kill(pid, 'SIGKILL');
  await host.controller.next('instanceExited');
  await host.controller.next('instanceRestarted');
  t.equal(client.ending, undefined, 'the peer hears nothing of it');
  await stop(host);
});

t.test('killed and restored where it was: state and connection go on', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(counter('fyg1'));
  const client = await clientOf(t);
  for (let line = 1; line <= 5; line += 1) t.equal(await client.next(), line);
  const taken = await checkpoint(host);
  process.kill(pid, 'SIGKILL');
  await host.controller.next('instanceExited');
  await stop(host);
  t.notOk(existsSync(join(host.runDir, `${ID}.files`)));
  const restored = restoreAnswer.parse(
    await host.controller.get({ method: 'restoreInstance', spec: counter('fyg1') }),
  );
  t.same(restored.checkpoint, taken);
  t.match(restored.loss, { connections: 1, behind: 0, receivedBytes: 0, sentBytes: 0 });
  t.comment(`restored in ${restored.restoreMs} ms`);
  t.equal(await client.next(), 6, 'on the same connection, with the state of then');
  t.equal(client.ending, undefined);
  // It answers before it prints.
  const output = () => readFileSync(join(host.runDir, `${ID}.files`, 'output.log'), 'utf8');
  await until(() => (/5\n6\n$/.test(output()) ? true : undefined), 'its output, which goes on too');
  await stop(host);
});

t.test(
  'what went over a connection since the checkpoint is lost, the connection is not',
  async (t) => {
    const host = await TestHost.up(t);
    const pid = await host.start(counter('fyg1'));
    const [client, idle] = [await clientOf(t), await clientOf(t)];
    for (let line = 1; line <= 5; line += 1) t.equal(await client.next(), line);
    await checkpoint(host);
    for (let line = 6; line <= 8; line += 1) t.equal(await client.next(), line);
    const stranger = await clientOf(t);
    t.equal(await stranger.next(), 9);
    process.kill(pid, 'SIGKILL');
    await host.controller.next('instanceExited');
    const connections = await stop(host);
    const numbers = (all: ConnectionStanding[]) => all.map(({ sendNext }) => sendNext);
    t.same(numbers(await stop(host)), numbers(connections), 'told again to whoever asks again');
    const request = { method: 'restoreInstance' as const, spec: counter('fyg1'), connections };
    const { loss } = restoreAnswer.parse(await host.controller.get(request));
    t.same(loss, { connections: 2, behind: 1, receivedBytes: 15, sentBytes: 6 });
    t.equal(await client.next(), 6, 'the count of the checkpoint goes on');
    t.equal(await idle.next(), 7);
    t.equal(client.ending, undefined);
    stranger.socket.write('more\n');
    await until(() => stranger.ending, 'end of the connection that the checkpoint does not know');
    await stop(host);
  },
);

t.test('what other programs do can be taken, and comes back', async (t) => {
  const host = await TestHost.up(t);
  const files = { 'many.py': MANY_THINGS };
  const spec = counter('fyg1', { command: ['/usr/bin/python3', 'many.py'], files });
  const pid = await host.start(spec);
  const waiting = await clientOf(t);
  await checkpoint(host);
  process.kill(pid, 'SIGKILL');
  await host.controller.next('instanceExited');
  const connections = await stop(host);
  const request = { method: 'restoreInstance' as const, spec, connections };
  const { pid: restored } = restoreAnswer.parse(await host.controller.get(request));
  t.type(restored, 'number');
  const output = () => readFileSync(join(host.runDir, `${ID}.files`, 'output.log'), 'utf8');
  const before = output().length;
  await until(() => (output().length > before ? true : undefined), 'its going on');
  t.match(output(), /^(3000000 65536\n)+$/, 'its file without a name and its shared memory');
  t.equal(waiting.ending, undefined);
  await stop(host);
});

t.test('restored on another host, with the first one gone', async (t) => {
  const first = await TestHost.up(t);
  const second = await TestHost.up(t);
  const pid = await first.start(counter('fyg1'));
  const client = await clientOf(t);
  for (let line = 1; line <= 3; line += 1) t.equal(await client.next(), line);
  const { id } = await checkpoint(first);
  await ship(id, first, second);
  await first.killAgent();
  process.kill(pid, 'SIGKILL');
  await until(() => (identify(pid) === undefined ? true : undefined), 'end of the program');

  const answer = restoreAnswer.parse(
    await second.controller.get({ method: 'restoreInstance', spec: counter('fyg2') }),
  );
  t.match(answer, { checkpoint: { id }, loss: { behind: 0 } });
  t.comment(`restored in ${answer.restoreMs} ms`);
  t.equal(await client.next(), 4, 'on the same connection');
  t.equal(client.ending, undefined);
  await stop(second);
});

t.test('stopped by a signal, it is told of until it goes on', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(counter('fyg1'));
  const client = await clientOf(t);
  t.equal(await client.next(), 1);
  process.kill(pid, 'SIGSTOP');
  const told = await host.controller.next('instanceEvent');
  t.match(told, { event: { type: 'stalled', stalledMs: 1500 } });
  const request = { method: 'checkpointInstance' as const, instance: ID, keep: 3 };
  t.match(await host.controller.ask(request), {
    problem: { code: 'CHECKPOINT_FAILED', message: /stopped by a signal/ },
  });
  process.kill(pid, 'SIGCONT');
  t.equal(await client.next(), 2);
  await stop(host);
});

t.test(
  'a full disk: the checkpoint fails, the earlier one stays, the program goes on',
  async (t) => {
    const host = await TestHost.up(t);
    const store = join(host.runDir, 'checkpoints');
    mkdirSync(store);
    // In a mount namespace of the test's own, and before that of the program is made of it.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=9m', 'fyg-full', store]);
    await host.start(counter('fyg1'));
    t.teardown(() => execFileSync('umount', [store]));
    const client = await clientOf(t);
    t.equal(await client.next(), 1);
    const good = await checkpoint(host);
    writeFileSync(join(store, 'fill'), Buffer.alloc(6_000_000, 1));
    const request = { method: 'checkpointInstance' as const, instance: ID, keep: 3 };
    const failed = await host.controller.ask(request);
    t.match(failed, { type: 'failure', problem: { code: 'CHECKPOINT_FAILED' } });
    t.equal(await client.next(), 2, 'it serves on');
    t.throws(() => writeFileSync(join(store, 'rest'), Buffer.alloc(9_000_000, 1)), /ENOSPC/);
    t.match(await host.controller.ask(request), { problem: { code: 'CHECKPOINT_FAILED' } });
    t.equal(await client.next(), 3, 'nor when nothing at all can be written');
    for (const name of ['fill', 'rest']) rmSync(join(store, name));
    t.same(await host.controller.get({ method: 'listCheckpoints' }), [good]);
    const again = await checkpoint(host);
    t.not(again.id, good.id, 'and with room again one is taken');
    await stop(host);
  },
);
