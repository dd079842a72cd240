import t from 'tap';
import { running, spec, stats, testBed, until } from './agents.js';

t.test('an agent connects, is asked, answers, tells and goes', async (t) => {
  const bed = await testBed(t);
  const agent = await bed.connect();
  t.equal(bed.registry.connected('host1'), false, 'not before its hello');
  agent.hello('host1');
  await until(() => bed.registry.connected('host1'));
  t.same(bed.events, [{ type: 'connected', host: 'host1' }]);

  await bed.registry.startInstance('host1', spec);
  t.match(agent.requests[0], { method: 'startInstance', spec: { id: spec.id } });
  t.ok(bed.registry.instances('host1')?.has(spec.id));

  agent.answer = () => ({ type: 'result', value: { port: 41_000 } });
  t.equal(await bed.registry.listen('host1', spec.id, '127.0.0.1', 'ab'.repeat(16)), 41_000);
  agent.answer = () => ({ type: 'result', value: stats('hold') });
  t.same(await bed.registry.stats('host1', spec.id), stats('hold'));
  await bed.registry.call('host1', spec.id, { method: 'arm' });
  t.match(agent.requests.at(-1), { method: 'callInstance', call: { method: 'arm' } });

  agent.send({ type: 'instanceEvent', instance: spec.id, event: { type: 'synchronised' } });
  await until(() => bed.events.length === 2);
  t.match(bed.events[1], { type: 'instanceEvent', event: { type: 'synchronised' } });

  agent.answer = () => ({ type: 'result', value: { connections: [] } });
  await bed.registry.stopInstance('host1', spec.id);
  t.notOk(bed.registry.instances('host1')?.has(spec.id));
  agent.socket.close();
  await until(() => !bed.registry.connected('host1'));
  t.match(bed.events.at(-1), { type: 'disconnected', host: 'host1' });
  await t.rejects(bed.registry.startInstance('host1', spec), { code: 'HOST_NOT_CONNECTED' });
});

t.test("the agent's own errors come through with code and field", async (t) => {
  const bed = await testBed(t);
  const agent = await bed.join();
  const problem = { code: 'INSTANCE_FAILED', message: 'no such interface', field: 'ports.0' };
  agent.answer = () => ({ type: 'failure', problem });
  await t.rejects(bed.registry.startInstance('host1', spec), problem);
  agent.answer = () => ({ type: 'failure', problem: { code: 'STRANGE', message: 'odd' } });
  await t.rejects(bed.registry.call('host1', spec.id, { method: 'arm' }), {
    code: 'AGENT_REQUEST_FAILED',
    message: /STRANGE: odd/,
  });
  agent.answer = () => ({ type: 'result', value: { port: 'not a port' } });
  await t.rejects(bed.registry.listen('host1', spec.id, '127.0.0.1', 'ab'.repeat(16)), {
    code: 'AGENT_REQUEST_FAILED',
  });
});

t.test('requests are lost with the connection', async (t) => {
  const bed = await testBed(t);
  const agent = await bed.join();
  agent.answer = () => undefined;
  const asked = bed.registry.call('host1', spec.id, { method: 'arm' });
  await until(() => agent.requests.length === 1);
  agent.socket.terminate();
  await t.rejects(asked, { code: 'HOST_NOT_CONNECTED' });
});

t.test('a second connection of the same host replaces the first', async (t) => {
  const bed = await testBed(t);
  const first = await bed.join();
  first.answer = () => undefined;
  const asked = bed.registry.call('host1', spec.id, { method: 'arm' });
  const second = await bed.connect();
  second.hello('host1', [running(spec.id, 7)]);
  await t.rejects(asked, { code: 'HOST_NOT_CONNECTED' });
  await until(() => first.closedWith !== undefined);
  t.match(first.closedWith, { code: 1000, reason: /replaced/ });
  t.ok(bed.registry.connected('host1'));
  t.same(
    bed.events.map(({ type }) => type),
    ['connected', 'disconnected', 'connected'],
  );
  second.answer = () => ({ type: 'result', value: {} });
  await bed.registry.call('host1', spec.id, { method: 'arm' });
});

t.test('what happened while the agent was away', async (t) => {
  const bed = await testBed(t);
  const [lives, dies, restarted] = ['nat1.0000000a', 'nat1.0000000b', 'nat1.0000000c'];
  const before = await bed.join([running(lives, 1), running(dies, 2), running(restarted, 3)]);
  before.socket.terminate();
  await until(() => !bed.registry.connected('host1'));
  bed.events.length = 0;

  const after = await bed.connect();
  const missed = [{ type: 'synchronised' }, { type: 'ended' }];
  after.hello('host1', [running(lives, 1, missed), running(restarted, 33)]);
  await until(() => bed.events.length >= 6);
  const exited = { type: 'instanceExited', host: 'host1' };
  t.match(bed.events, [
    { type: 'connected' },
    { ...exited, instance: dies, restarting: false },
    { ...exited, instance: restarted, restarting: true },
    { type: 'instanceRestarted', instance: restarted },
    { type: 'instanceEvent', instance: lives, event: { type: 'synchronised' } },
    { type: 'instanceEvent', instance: lives, event: { type: 'ended' } },
  ]);
});

t.test('exits and restarts as they happen', async (t) => {
  const bed = await testBed(t);
  const agent = await bed.join([running(spec.id, 5)]);
  const exited = { type: 'instanceExited', instance: spec.id, code: null, signal: 'SIGKILL' };
  agent.send({ ...exited, reason: 'killed', restarting: true });
  await until(() => bed.events.length === 2);
  t.equal(bed.registry.instances('host1')?.get(spec.id)?.running, false);
  agent.send({ type: 'instanceRestarted', instance: spec.id, pid: 6 });
  await until(() => bed.events.length === 3);
  t.match(bed.registry.instances('host1')?.get(spec.id), { running: true, pid: 6 });
  agent.send({ ...exited, reason: 'killed', restarting: false });
  await until(() => bed.events.length === 4);
  t.notOk(bed.registry.instances('host1')?.has(spec.id));
});

t.test('a host that is not declared, and another protocol', async (t) => {
  const bed = await testBed(t);
  for (const [host, more, reason] of [
    ['host9', {}, /HOST_UNKNOWN/],
    ['host1', { protocol: 99 }, /protocol 99/],
  ] as const) {
    const agent = await bed.connect();
    agent.hello(host, [], more);
    await until(() => agent.closedWith !== undefined);
    t.match(agent.closedWith, { code: 1008, reason });
  }
  t.same(bed.events, []);
  t.equal(bed.registry.counters.connectionsRefused, 2);
});
