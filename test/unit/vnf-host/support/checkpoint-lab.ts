/** Runs in a network namespace of its own: real instances, dumped and restored by the real criu. */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { checkpointInfo, restoreAnswer } from '../../../../sdn-app/contract/checkpoint.js';
import {
  instanceStats,
  type InstanceSpec,
  type InstanceStats,
} from '../../../../sdn-app/contract/instance.js';
import { identify } from '../../../../vnf-host/process.js';
import { until } from './controller.js';
import { natSpec, TestHost } from './host.js';

const REAL_ENTRY = fileURLToPath(new URL('../../../../vnf-host/instance/main.js', import.meta.url));
const ID = 'nat1.00000001';
const STANDBY = 'nat1.00000002';
const TOKEN = '0123456789abcdef'.repeat(2);

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'inherit' });

ip('link', 'set', 'lo', 'up');
for (const name of ['fyc20', 'fyc21']) {
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`);
  ip('link', 'set', name, 'up');
  ip('link', 'set', `${name}p`, 'up');
}
ip('address', 'add', '10.0.0.2/16', 'dev', 'fyc20p');
ip('route', 'add', '203.0.113.0/24', 'via', '10.0.0.1');

function spec(role: InstanceSpec['role'], id = ID): InstanceSpec {
  const base = natSpec(id, role, 'fyc20');
  const ports = base.ports.map((port) =>
    port.name === 'outside' ? { ...port, interface: 'fyc21' } : port,
  );
  return { ...base, ports };
}

/** Answers of the instance's inside address to `count` echo requests, 10 ms apart. */
async function answered(count: number): Promise<number> {
  const words = ['-n', '-q', '-i', '0.01', '-c', String(count), '-w', '60', '10.0.0.1'];
  const ping = spawn('ping', words);
  let output = '';
  ping.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(ping, 'close');
  return Number(/(\d+) received/.exec(output)?.[1] ?? 0);
}

const stats = async (host: TestHost, id = ID) =>
  instanceStats.parse(await host.call(id, { method: 'stats' }));

/** Resolves once the instance has the mapping of one more datagram than before. */
async function mapped(host: TestHost, id: string): Promise<number> {
  const { entries } = await stats(host, id);
  const sender = createSocket('udp4');
  try {
    for (let looks = 0; looks < 1000; looks += 1) {
      if (looks % 100 === 0) sender.send('mapping', 9, '203.0.113.9');
      const found = await stats(host, id);
      if (found.entries > entries) return found.entries;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    sender.close();
  }
  throw new Error('no mapping was made');
}

/** Its statistics once they tell of so many answers: they are published a little later. */
async function statsAfter(host: TestHost, answers: number): Promise<InstanceStats> {
  for (let looks = 0; ; looks += 1) {
    const found = await stats(host);
    if ((found.counters['echoReplies'] ?? 0) >= answers || looks === 1000) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const checkpoint = async (host: TestHost, keep = 3, instance = ID) =>
  checkpointInfo.parse(await host.controller.get({ method: 'checkpointInstance', instance, keep }));

t.test('a checkpoint of a serving instance: it goes on, and no frame is lost', async (t) => {
  const host = await TestHost.up(t, REAL_ENTRY);
  const pid = await host.start(spec('serving'));
  t.equal(await answered(5), 5);
  const pinged = answered(200);
  const first = await checkpoint(host);
  const second = await checkpoint(host, 1);
  t.equal(await pinged, 200, 'what came while it stood still waited in the ring');
  t.match(first, { vnf: 'nat1', instance: ID, host: 'host1', role: 'serving' });
  t.ok(first.frozenMs > 0 && first.frozenMs <= first.dumpMs, `${first.frozenMs} ms`);
  t.ok(first.storedBytes < first.rawBytes / 2);
  t.same(await host.controller.get({ method: 'listCheckpoints' }), [second], 'the newest is kept');
  t.match(await host.controller.get({ method: 'listInstances' }), [{ id: ID, pid }]);
  t.same(readdirSync(join(host.runDir, 'checkpoints')), [`${second.id}.checkpoint`]);
});

t.test('calls during a checkpoint wait for it', async (t) => {
  const host = await TestHost.up(t, REAL_ENTRY);
  await host.start(spec('standby'));
  const taken = checkpoint(host);
  const calls = Array.from({ length: 5 }, () => stats(host));
  t.equal((await taken).role, 'standby');
  for (const call of calls) t.equal((await call).mode, 'standby');
});

t.test('of a standby: its stream goes on, and what is restored of it can serve', async (t) => {
  const source = await TestHost.up(t, REAL_ENTRY);
  const dest = await TestHost.up(t, REAL_ENTRY);
  await source.start(spec('serving'));
  await dest.start(spec('standby', STANDBY));
  const address = '127.0.0.1';
  const listen = { method: 'listen', address, token: TOKEN, silenceMs: 10_000 } as const;
  const { port } = (await dest.call(STANDBY, listen)) as { port: number };
  await source.call(ID, { method: 'connect', address, port, token: TOKEN, standing: true });
  await dest.controller.next('instanceEvent', ({ event }) => event.type === 'synchronised');
  const before = await mapped(dest, STANDBY);

  const pinged = answered(200);
  const taken = await checkpoint(dest, 3, STANDBY);
  t.match(taken, { instance: STANDBY, role: 'standby' });
  t.equal(await pinged, 200);
  t.equal(await mapped(dest, STANDBY), before + 1, 'the stream goes on');
  const { sync } = await stats(dest, STANDBY);
  t.match(sync, { phase: 'synchronised', reconnects: 0 }, 'on the same connection');

  await source.controller.get({ method: 'stopInstance', instance: ID });
  await dest.controller.get({ method: 'stopInstance', instance: STANDBY });
  const restore = { method: 'restoreInstance' as const, spec: spec('serving', STANDBY) };
  await dest.controller.get(restore);
  t.match(await stats(dest, STANDBY), { mode: 'serving', entries: before });
  t.equal(await answered(20), 20);
  await dest.untilRole(STANDBY, 'serving');
});

t.test('killed and restored on another host, from the copy there: state and packets', async (t) => {
  const source = await TestHost.up(t, REAL_ENTRY);
  const dest = await TestHost.up(t, REAL_ENTRY);
  await source.start(spec('serving'));
  t.equal(await answered(50), 50);
  const before = await statsAfter(source, 50);
  const taken = await checkpoint(source);
  const address = '127.0.0.1';
  const offer = { method: 'receiveCheckpoint' as const, address, token: TOKEN, keep: 3 };
  const { port } = (await dest.controller.get(offer)) as { port: number };
  const parcel = { address, port, token: TOKEN, checkpoint: taken.id };
  await source.controller.get({ method: 'sendCheckpoint', ...parcel });
  t.same(await dest.controller.get({ method: 'listCheckpoints' }), [taken]);
  await source.controller.get({ method: 'stopInstance', instance: ID });

  const restored = restoreAnswer.parse(
    await dest.controller.get({ method: 'restoreInstance', spec: spec('serving') }),
  );
  t.match(restored, { checkpoint: taken, loss: null });
  t.ok(identify(restored.pid));
  const after = await statsAfter(dest, 50);
  t.equal(after.mode, 'serving');
  t.equal(after.counters['echoReplies'], before.counters['echoReplies'], 'the state of then');
  t.equal(await answered(100), 100, 'it has and sends packets from the first one on');
  const later = await stats(dest);
  t.ok((later.counters['inside.rxResyncs'] ?? 0) >= 1, 'its ring was set up anew');
  t.notOk(existsSync(join(source.runDir, `${ID}.sock`)), 'it listens on its new host');

  // What an agent does with any instance: adoption, end, restart.
  await dest.killAgent();
  t.match(await dest.startAgent(), [{ id: ID, pid: restored.pid, stats: { mode: 'serving' } }]);
  process.kill(restored.pid, 'SIGKILL');
  const exited = await dest.controller.next('instanceExited');
  t.match(exited, { instance: ID, restarting: true });
  await dest.controller.next('instanceRestarted');
  await dest.controller.get({ method: 'stopInstance', instance: ID });
  t.same(readdirSync(dest.runDir).sort(), ['agent.lock', 'checkpoints']);
});

t.test(
  'frozen: it stands still until it is thawed, also by another agent, or is stopped',
  async (t) => {
    const host = await TestHost.up(t, REAL_ENTRY);
    const pid = await host.start(spec('serving'));
    t.equal(await answered(5), 5);
    const freeze = { method: 'freezeInstance' as const, instance: ID, keep: 1 };
    const thaw = { method: 'thawInstance' as const, instance: ID };
    const state = async () =>
      (await host.controller.get({ method: 'examineInstance', instance: ID })) as { state: string };

    t.match(checkpointInfo.parse(await host.controller.get(freeze)), { instance: ID });
    t.same(await state(), { state: 'T' });
    const stats = {
      method: 'callInstance' as const,
      instance: ID,
      call: { method: 'stats' },
    } as const;
    const asked = { type: 'failure', problem: { code: 'INSTANCE_STATE' } };
    t.match(await host.controller.ask(stats), asked, 'refused at once');
    t.match(await host.controller.get({ method: 'listInstances' }), [{ id: ID, pid }]);
    t.match(await host.controller.ask(freeze), asked);
    await host.controller.get(thaw);
    t.equal(await answered(20), 20, 'it goes on with what it had');
    await host.controller.get(thaw);
    t.equal((await statsAfter(host, 25)).counters['echoReplies'], 25, 'thawed twice: no harm');

    await host.controller.get(freeze);
    await host.killAgent();
    await host.startAgent();
    t.same(await state(), { state: 'T' }, 'a new agent finds it as it is');
    await host.controller.get(thaw);
    t.equal(await answered(20), 20);

    await host.controller.get(freeze);
    await host.controller.get({ method: 'stopInstance', instance: ID });
    t.equal(identify(pid), undefined);
    t.same(await host.controller.get({ method: 'listInstances' }), []);
  },
);

t.test('an image that is damaged is not restored, an earlier one is', async (t) => {
  const host = await TestHost.up(t, REAL_ENTRY);
  await host.start(spec('standby'));
  const good = await checkpoint(host);
  const bad = await checkpoint(host);
  await host.controller.get({ method: 'stopInstance', instance: ID });
  const file = join(host.runDir, 'checkpoints', `${bad.id}.checkpoint`);
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
  writeFileSync(file, bytes);
  const request = { method: 'restoreInstance' as const, spec: spec('standby') };
  const refused = await host.controller.ask({ ...request, checkpoint: bad.id });
  t.match(refused, { type: 'failure', problem: { code: 'CHECKPOINT_CORRUPT' } });
  t.same(await host.controller.get({ method: 'listInstances' }), [], 'nothing half is left');
  t.match(await host.controller.get(request), { checkpoint: { id: good.id } });
  const unknown = await host.controller.ask({
    method: 'checkpointInstance',
    instance: 'nat1.0000000f',
    keep: 1,
  });
  t.match(unknown, { type: 'failure', problem: { code: 'INSTANCE_UNKNOWN' } });
  const again = await host.controller.ask(request);
  t.match(again, { type: 'failure', problem: { code: 'INSTANCE_STATE' } });
});

t.test('a checkpoint of an instance that hangs: refused, and it goes on later', async (t) => {
  const host = await TestHost.up(t, REAL_ENTRY);
  const pid = await host.start(spec('serving'));
  process.kill(pid, 'SIGSTOP');
  const answer = await host.controller.ask({
    method: 'checkpointInstance',
    instance: ID,
    keep: 1,
  });
  t.match(answer, { type: 'failure', problem: { code: 'AGENT_TIMEOUT' } });
  process.kill(pid, 'SIGCONT');
  await until(() => (identify(pid) === undefined ? undefined : true), 'instance');
  t.equal(await answered(20), 20);
  t.equal((await checkpoint(host)).instance, ID);
});
