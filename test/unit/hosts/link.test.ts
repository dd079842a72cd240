/** Agents that send garbage, too much, or nothing. */
import type { Socket } from 'node:net';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { HEARTBEAT_MS, MAX_MESSAGE_BYTES, SILENCE_MS } from '../../../sdn-app/contract/agent.js';
import { FakeClock } from '../migration/world/fake-clock.js';
import { spec, testBed, until, type TestBed } from './agents.js';

const GARBAGE: [string, string | Buffer][] = [
  ['no JSON', 'garbage'],
  ['an empty frame', ''],
  ['another value', '[]'],
  ['an unknown type', '{"type":"party"}'],
  ['a field of the wrong type', '{"type":"result","id":"one","value":1}'],
  ['an event that is none', '{"type":"instanceEvent","instance":"nat1.0000000a","event":{}}'],
  ['a second hello', '{"type":"hello","protocol":1,"host":"host1","version":"1","instances":[]}'],
  ['a binary frame', Buffer.from('{"type":"heartbeat"}')],
];

for (const [what, frame] of GARBAGE) {
  t.test(`${what} closes the connection with 1008`, async (t) => {
    const bed = await testBed(t);
    const agent = await bed.join();
    agent.socket.send(frame);
    await until(() => agent.closedWith !== undefined);
    t.equal(agent.closedWith?.code, 1008);
    t.equal(bed.registry.counters.messagesRefused, 1);
    t.match(bed.events.at(-1), { type: 'disconnected' });
    await bed.join();
  });
}

t.test('anything before the hello is refused', async (t) => {
  const bed = await testBed(t);
  const agent = await bed.connect();
  agent.send({ type: 'heartbeat' });
  await until(() => agent.closedWith !== undefined);
  t.equal(agent.closedWith?.code, 1008);
  t.same(bed.events, []);
});

t.test('a message that is too long closes with 1009', async (t) => {
  const bed = await testBed(t);
  const agent = await bed.join();
  agent.socket.send('x'.repeat(MAX_MESSAGE_BYTES + 1));
  await until(() => agent.closedWith !== undefined);
  t.equal(agent.closedWith?.code, 1009);
  await until(() => !bed.registry.connected('host1'));
});

t.test('an answer to a question that nobody asked is ignored', async (t) => {
  const bed = await testBed(t);
  const agent = await bed.join();
  agent.send({ type: 'result', id: 4711, value: {} });
  agent.answer = () => ({ type: 'result', value: { connections: [] } });
  await bed.registry.stopInstance('host1', spec.id);
});

/** Virtual time, and real I/O in between. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await clock.run(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function silentBed(t: Test): Promise<{ clock: FakeClock; bed: TestBed }> {
  const clock = new FakeClock();
  return { clock, bed: await testBed(t, clock) };
}

t.test('an agent that is silent is taken for gone, one that beats is not', async (t) => {
  const { clock, bed } = await silentBed(t);
  const agent = await bed.join();
  for (let beats = 0; beats < 4; beats += 1) {
    await pass(clock, SILENCE_MS / 2);
    agent.send({ type: 'heartbeat' });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.ok(bed.registry.connected('host1'), `${2 * SILENCE_MS} ms with heartbeats`);
  t.ok(agent.heartbeats >= SILENCE_MS / HEARTBEAT_MS, 'and it hears ours');
  await pass(clock, SILENCE_MS + 2 * HEARTBEAT_MS);
  t.notOk(bed.registry.connected('host1'));
  t.match(bed.events.at(-1), { type: 'disconnected', reason: /silent/ });
});

t.test('an agent that never says hello', async (t) => {
  const { clock, bed } = await silentBed(t);
  const agent = await bed.connect();
  await until(() => agent.socket.readyState === agent.socket.OPEN);
  await pass(clock, 6000);
  await until(() => agent.closedWith !== undefined);
  t.equal(agent.closedWith?.code, 1008);
});

t.test('a request that is not answered', async (t) => {
  const { clock, bed } = await silentBed(t);
  const agent = await bed.join();
  agent.answer = () => undefined;
  const asked = bed.registry.call('host1', spec.id, { method: 'arm' });
  asked.catch(() => undefined);
  for (let beats = 0; beats < 6; beats += 1) {
    agent.send({ type: 'heartbeat' });
    await pass(clock, 1000);
  }
  await t.rejects(asked, { code: 'AGENT_TIMEOUT', message: /callInstance/ });
  t.ok(bed.registry.connected('host1'), 'the agent itself is there');
});

t.test('too many unanswered requests', async (t) => {
  const bed = await testBed(t);
  const agent = await bed.join();
  agent.answer = () => undefined;
  const asked = Array.from({ length: 65 }, () => {
    return bed.registry.call('host1', spec.id, { method: 'arm' });
  });
  const outcomes = Promise.allSettled(asked);
  await t.rejects(asked[64] ?? Promise.resolve(), { code: 'AGENT_TIMEOUT', message: /unanswered/ });
  agent.socket.terminate();
  t.equal((await outcomes).filter(({ status }) => status === 'rejected').length, 65);
});

t.test('connections that say nothing are bounded', async (t) => {
  const bed = await testBed(t);
  const strangers = await Promise.all(Array.from({ length: 64 }, () => bed.connect()));
  const oneTooMany = await bed.connect();
  await until(() => oneTooMany.closedWith !== undefined);
  t.equal(oneTooMany.closedWith?.code, 1013);
  for (const { socket } of strangers) socket.terminate();
  await until(() => bed.registry.counters.connectionsRefused === 1);
});

t.test('a peer that breaks the WebSocket protocol', async (t) => {
  const bed = await testBed(t);
  const agent = await bed.join();
  const raw = (agent.socket as unknown as { _socket: Socket })._socket;
  raw.write(Buffer.from('ff7fffffffffffffff', 'hex'));
  await once(agent.socket, 'close');
  await until(() => !bed.registry.connected('host1'));
});
