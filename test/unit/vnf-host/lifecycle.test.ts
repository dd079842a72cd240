import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { instanceStats, type InstanceSpec } from '../../../sdn-app/contract/instance.js';
import { identify } from '../../../vnf-host/process.js';
import { natSpec, TestHost } from './support/host.js';
import { until } from './support/controller.js';

const ID = 'nat1.00000001';
const untilDead = (pid: number) => until(() => (identify(pid) ? undefined : true), `end of ${pid}`);

t.test('an instance starts as a process of its own, answers, tells, and stops', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'standby'));

  t.equal(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0], `ferry-instance ${ID}`);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  t.equal(stat[3], String(pid), 'it leads a session of its own');
  for (const stream of [0, 1, 2]) t.equal(readlinkSync(`/proc/${pid}/fd/${stream}`), '/dev/null');
  const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  t.notOk(
    files.find((name) => name.startsWith('/tmp') || name.includes('/dist/')),
    'no file open',
  );

  const { process, role, wanted } = host.manifest(ID);
  t.match({ process, role, wanted }, { process: { pid }, role: 'standby', wanted: 'running' });
  t.same(await host.call(ID, { method: 'listen', address: '127.0.0.1', token: 'a'.repeat(32) }), {
    port: 40_000,
  });
  const stats = instanceStats.parse(await host.call(ID, { method: 'stats' }));
  t.match(stats, { mode: 'standby', entries: 2, counters: { translated: 3, workerRaised: 0 } });
  t.equal(stats.counters['inside.rxPackets'], 7);

  const token = 'b'.repeat(32);
  await host.call(ID, { method: 'connect', address: '127.0.0.1', port: 1, token });
  await host.controller.next('instanceEvent', ({ event }) => event.type === 'progress');
  await host.controller.next('instanceEvent', ({ event }) => event.type === 'synchronised');
  await host.call(ID, { method: 'takeover' });
  await host.controller.next('instanceEvent', ({ event }) => event.type === 'serving');
  await host.untilRole(ID, 'serving');

  await host.controller.get({ method: 'stopInstance', instance: ID });
  t.equal(identify(pid), undefined, 'gone when the answer comes');
  t.same(readdirSync(host.runDir), ['agent.lock'], 'no trace is left');
  await host.controller.get({ method: 'stopInstance', instance: ID });
  t.notOk(host.controller.messages.some((each) => each.type === 'instanceExited'));
  const gone = await host.controller.ask({
    method: 'callInstance',
    instance: ID,
    call: { method: 'stats' },
  });
  t.match(gone, { type: 'failure', problem: { code: 'INSTANCE_UNKNOWN', field: 'instance' } });
});

t.test('a call in a wrong state fails with the datapath’s code', async (t) => {
  const host = await TestHost.up(t);
  await host.start(natSpec(ID, 'serving'));
  const answer = await host.controller.ask({
    method: 'callInstance',
    instance: ID,
    call: { method: 'arm' },
  });
  t.match(answer, { type: 'failure', problem: { code: 'INSTANCE_STATE', message: /arm in mode/ } });
});

t.test('the same start twice is one instance; another specification is refused', async (t) => {
  const host = await TestHost.up(t);
  const [first, second] = await Promise.all([
    host.start(natSpec(ID, 'standby')),
    host.start(natSpec(ID, 'standby')),
  ]);
  t.equal(first, second);
  const other = await host.controller.ask({
    method: 'startInstance',
    spec: natSpec(ID, 'serving'),
  });
  t.match(other, { type: 'failure', problem: { code: 'INSTANCE_STATE', field: 'spec.id' } });
  t.equal(host.manifest(ID).process?.pid, first, 'the running one is untouched');
});

t.test('a start that fails tells why and leaves nothing', async (t) => {
  const host = await TestHost.up(t);
  const spec = natSpec(ID, 'serving');
  const faults: [InstanceSpec, string, string | undefined][] = [
    [natSpec(ID, 'serving', 'missing'), 'INTERFACE_MISSING', 'ports[0].interface'],
    [natSpec(ID, 'serving', 'crash'), 'INSTANCE_FAILED', undefined],
    [{ ...spec, config: { pool: [] } }, 'REQUEST_INVALID', 'spec.config.pool'],
    [{ ...spec, config: { ...spec.config, spool: 1 } }, 'REQUEST_INVALID', 'spec.config.spool'],
    [{ ...spec, ports: spec.ports.slice(0, 1) }, 'REQUEST_INVALID', 'spec.ports'],
    [{ ...spec, ports: [...spec.ports].reverse() }, 'REQUEST_INVALID', 'spec.ports'],
  ];
  for (const [bad, code, field] of faults) {
    const answer = await host.controller.ask({ method: 'startInstance', spec: bad });
    t.equal(answer.type === 'failure' && answer.problem.code, code);
    t.equal(answer.type === 'failure' && answer.problem.field, field);
    t.same(readdirSync(host.runDir), ['agent.lock']);
  }
  t.ok(await host.start(spec), 'a good specification with the same id starts');
});

t.test('a standby that crashes is reported and not started again', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'standby'));
  process.kill(pid, 'SIGKILL');
  const exited = await host.controller.next('instanceExited');
  t.match(exited, { instance: ID, signal: 'SIGKILL', code: null, restarting: false });
  await until(() => (existsSync(`${host.runDir}/${ID}.json`) ? undefined : true), 'clean-up');
  t.same(await host.controller.get({ method: 'listInstances' }), []);
});

t.test('a serving instance that crashes starts again, empty, with growing delays', async (t) => {
  const host = await TestHost.up(t);
  let pid = await host.start(natSpec(ID, 'serving'));
  for (let crash = 0; crash < 3; crash += 1) {
    const after = host.controller.messages.length;
    process.kill(pid, 'SIGSEGV');
    const exited = await host.controller.next('instanceExited', () => true, after);
    t.match(exited, { signal: 'SIGSEGV', restarting: true, reason: /state is lost/ });
    const restarted = await host.controller.next('instanceRestarted', () => true, after);
    t.not(restarted.pid, pid);
    pid = restarted.pid;
    t.match(await host.call(ID, { method: 'stats' }), { mode: 'serving' });
  }
  t.equal(host.manifest(ID).process?.pid, pid);
});

t.test('an instance that dies in a call fails it and is started again', async (t) => {
  const host = await TestHost.up(t);
  await host.start(natSpec(ID, 'serving'));
  const answer = await host.controller.ask({
    method: 'callInstance',
    instance: ID,
    call: { method: 'abort' },
  });
  t.match(answer, { type: 'failure', problem: { code: 'INSTANCE_FAILED' } });
  await host.controller.next('instanceRestarted');
});

t.test('an instance that took over is restarted, one that handed over is not', async (t) => {
  const host = await TestHost.up(t);
  const dest = 'nat1.00000002';
  const srcPid = await host.start(natSpec(ID, 'serving'));
  const destPid = await host.start(natSpec(dest, 'standby'));
  await host.call(ID, { method: 'switched' });
  await host.call(dest, { method: 'takeover' });
  process.kill(srcPid, 'SIGKILL');
  process.kill(destPid, 'SIGKILL');
  const src = await host.controller.next('instanceExited', (each) => each.instance === ID);
  t.equal(src.restarting, false);
  const exited = await host.controller.next('instanceExited', (each) => each.instance === dest);
  t.equal(exited.restarting, true);
  await host.controller.next('instanceRestarted', (each) => each.instance === dest);
});

t.test('what an instance told with its last breath counts', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'serving'));
  process.kill(pid, 'SIGHUP');
  const exited = await host.controller.next('instanceExited');
  t.match(exited, { signal: 'SIGKILL', restarting: false }, 'it had handed over');
  const order = host.controller.messages.map((each) => each.type);
  t.ok(order.indexOf('instanceEvent') < order.indexOf('instanceExited'));
});

t.test('resume makes a closed instance one to restart', async (t) => {
  const host = await TestHost.up(t);
  await host.start(natSpec(ID, 'serving'));
  await host.call(ID, { method: 'switched' });
  await host.untilRole(ID, 'standby');
  await host.call(ID, { method: 'resume' });
  await host.untilRole(ID, 'serving');
});

t.test(
  'stop ends an instance that does not listen, and one that waits for its restart',
  async (t) => {
    const host = await TestHost.up(t);
    const stubborn = await host.start(natSpec(ID, 'serving', 'stubborn'));
    await host.controller.get({ method: 'stopInstance', instance: ID });
    t.equal(identify(stubborn), undefined);

    const frozen = await host.start(natSpec(ID, 'serving'));
    process.kill(frozen, 'SIGSTOP');
    await host.controller.get({ method: 'stopInstance', instance: ID });
    t.equal(identify(frozen), undefined);

    const crashing = await host.start(natSpec(ID, 'serving'));
    process.kill(crashing, 'SIGKILL');
    await untilDead(crashing);
    await host.controller.get({ method: 'stopInstance', instance: ID });
    t.same(readdirSync(host.runDir), ['agent.lock']);
    t.same(await host.controller.get({ method: 'listInstances' }), []);
  },
);

t.test('calls to an instance that hangs do not hold up its end', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'serving'));
  process.kill(pid, 'SIGSTOP');
  // One after the other they would time out long after the test's patience.
  const calls = Array.from({ length: 20 }, () =>
    host.controller.ask({ method: 'callInstance', instance: ID, call: { method: 'stats' } }),
  );
  await host.controller.get({ method: 'stopInstance', instance: ID });
  t.equal(identify(pid), undefined);
  for (const answer of await Promise.all(calls)) t.equal(answer.type, 'failure');
});

t.test('instances work in parallel: a start that takes long delays no other', async (t) => {
  const host = await TestHost.up(t);
  const order: string[] = [];
  const other = 'nat1.00000002';
  const gated = host.start(natSpec(ID, 'standby', 'gated')).then(() => order.push('start'));
  const call = host.call(ID, { method: 'stats' }).then(() => order.push('call'));
  await host.start(natSpec(other, 'standby'));
  t.match(await host.controller.get({ method: 'listInstances' }), [{ id: other }]);
  order.push('other');
  host.openGate();
  await Promise.all([gated, call]);
  t.same(order, ['other', 'start', 'call'], 'the call waited for the start of its own instance');
});
