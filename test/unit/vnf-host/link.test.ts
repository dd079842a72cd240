import t from 'tap';
import { MAX_MESSAGE_BYTES, SILENCE_MS } from '../../../sdn-app/contract/agent.js';
import { until } from './support/controller.js';
import { natSpec, TestHost } from './support/host.js';

const ID = 'nat1.00000001';

t.test('garbage closes the connection, and the agent comes back', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'serving'));
  const garbage: [string | Buffer, number][] = [
    ['no json', 1008],
    ['{"method":"reboot","id":1}', 1008],
    ['{"method":"stopInstance","id":1,"instance":"../../etc"}', 1008],
    ['{"method":"listInstances","id":1,"verbose":true}', 1008],
    [Buffer.from([0, 1, 2]), 1008],
    ['x'.repeat(MAX_MESSAGE_BYTES + 1), 1009],
  ];
  for (const [message, code] of garbage) {
    const after = host.controller.messages.length;
    const closes = host.controller.closes.length;
    host.controller.send(message);
    const hello = await host.controller.next('hello', () => true, after);
    t.equal(host.controller.closes[closes], code);
    t.match(hello.instances, [{ id: ID, pid }], 'its instance goes on');
  }
});

t.test('a controller that is away for a while gets what happened', async (t) => {
  const host = await TestHost.up(t);
  const crashing = 'nat1.00000002';
  const standby = await host.start(natSpec(ID, 'standby'));
  const serving = await host.start(natSpec(crashing, 'serving'));
  await host.controller.close();
  process.kill(standby, 'SIGUSR2');
  process.kill(serving, 'SIGKILL');
  await host.untilRole(ID, 'serving');
  await until(() => {
    const now = host.manifest(crashing).process?.pid;
    return now !== undefined && now !== serving ? true : undefined;
  }, 'restart');

  await host.controllerBack();
  const hello = await host.controller.next('hello');
  const missed = hello.instances.find((each) => each.id === ID)?.missed;
  t.match(missed, [{ type: 'serving' }]);
  t.equal(missed?.length, 1);
  const exited = await host.controller.next('instanceExited');
  t.match(exited, { instance: crashing, restarting: true });
  await host.controller.next('instanceRestarted');

  // Confirmed: it is not told again at the next connection.
  await host.controller.get({ method: 'listInstances' });
  const after = host.controller.messages.length;
  host.controller.cut();
  const again = await host.controller.next('hello', () => true, after);
  t.same(
    again.instances.flatMap((each) => each.missed),
    [],
  );
  await host.controller.get({ method: 'listInstances' });
  t.notOk(host.controller.messages.slice(after).some((each) => each.type === 'instanceExited'));
});

t.test('what was told to a connection already dead is not lost', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'standby'));
  // The agent cannot know yet that nobody reads any more.
  host.controller.pause();
  process.kill(pid, 'SIGUSR2');
  await host.untilRole(ID, 'serving');
  const after = host.controller.messages.length;
  host.controller.cut();
  const hello = await host.controller.next('hello', () => true, after);
  t.match(hello.instances, [{ missed: [{ type: 'serving' }] }]);
});

t.test('what was told and confirmed is not told again', async (t) => {
  const host = await TestHost.up(t);
  await host.start(natSpec(ID, 'standby'));
  await host.call(ID, { method: 'takeover' });
  await host.controller.next('instanceEvent');
  await host.controller.get({ method: 'listInstances' });
  const after = host.controller.messages.length;
  host.controller.cut();
  const hello = await host.controller.next('hello', () => true, after);
  t.match(hello.instances, [{ id: ID, stats: { mode: 'serving' } }]);
  t.same(hello.instances[0]?.missed, []);
});

t.test('what a controller has not confirmed is handed over again', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'standby'));
  await host.controller.close();
  process.kill(pid, 'SIGUSR2');
  await host.untilRole(ID, 'serving');
  await host.controllerBack(false);
  const first = await host.controller.next('hello');
  t.match(first.instances, [{ missed: [{ type: 'serving' }] }]);
  const after = host.controller.messages.length;
  host.controller.cut();
  const second = await host.controller.next('hello', () => true, after);
  t.match(second.instances, [{ missed: [{ type: 'serving' }] }]);
});

t.test('heartbeats come, and a controller that falls silent is given up', async (t) => {
  const host = await TestHost.up(t);
  await host.controller.next('heartbeat');
  host.controller.speaks = false;
  const after = host.controller.messages.length;
  await host.controller.next('hello', () => true, after);
  const beats = host.controller.messages.slice(after).filter((each) => each.type === 'heartbeat');
  t.ok(beats.length >= 2, `it went on for ${SILENCE_MS} ms`);
  t.equal(host.controller.closes.length, 1);
});

t.test('at most 64 requests are outstanding', async (t) => {
  const host = await TestHost.up(t);
  const starting = host.start(natSpec(ID, 'standby', 'gated'));
  const calls = Array.from({ length: 80 }, () =>
    host.controller.ask({ method: 'callInstance', instance: ID, call: { method: 'stats' } }),
  );
  // Those beyond 63 and the start itself are refused at once; the others wait for the start.
  const refused = await Promise.any(calls);
  t.match(refused, { problem: { code: 'AGENT_REQUEST_FAILED', message: /64 requests/ } });
  await until(() => {
    const answered = host.controller.messages.filter((each) => each.type === 'failure');
    return answered.length === 80 - 63 ? true : undefined;
  }, 'refusals');
  host.openGate();
  await starting;
  const answers = await Promise.all(calls);
  t.equal(answers.filter((each) => each.type === 'result').length, 63);
});
