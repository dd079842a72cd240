import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import fc from 'fast-check';
import {
  barrierReply,
  echoRequest,
  encode,
  error,
  errorCause,
  flowRemoved,
  helloFor,
  multipartReply,
  multipartReplyBody,
  packetIn,
  portStatus,
  type Port,
} from '../../../sdn-app/openflow/index.js';
import { isUp, type SessionEvents, type SwitchSession } from '../../../sdn-app/switch/index.js';
import { startController } from './controller.js';
import { fakePort } from './fake-switch.js';

const closing = (session: SwitchSession) =>
  once(session, 'closed') as Promise<SessionEvents['closed']>;

const badRequest = errorCause.make.badRequest({ code: 'permission' });

t.test('echo requests are answered with their own bytes', async (t) => {
  const controller = await startController(t);
  const { fake } = await controller.join();
  fake.send(echoRequest({ xid: 0xffffffff, data: Buffer.from([1, 2, 3]) }));
  const answer = await fake.got('echoReply');
  t.equal(answer.xid, 0xffffffff);
  t.same([...answer.data], [1, 2, 3]);
});

t.test('a silent switch is given up after the missed echoes, a stall is not', async (t) => {
  const controller = await startController(t, { echoIntervalMs: 100 });
  const { session: alive } = await controller.join({ dpid: 1n });
  const { fake: silent, session } = await controller.join({ dpid: 2n });
  // The whole process stands still for longer than all the echo intervals together.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
  silent.intercept = () => true;
  const [reason] = await closing(session);
  t.equal(reason, 'keepAliveTimeout');
  t.equal(silent.types().filter((type) => type === 'echoRequest').length >= 3, true);
  t.ok(alive.connected, 'the one that answers stays');
  t.equal(controller.registry.get(2n), undefined);
});

t.test('port status keeps the table current and is passed on', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const seen: unknown[] = [];
  controller.registry.on('portStatus', (from, { reason, port }) => {
    seen.push([from === session, reason, port.name, session.portNumbers.has(port.name)]);
  });
  fake.send(
    portStatus({ reason: 'add', port: fakePort(3, 's1-eth3') }),
    portStatus({ reason: 'modify', port: fakePort(2, 's1-eth2', 'linkDown') }),
    portStatus({ reason: 'delete', port: fakePort(1, 's1-eth1') }),
  );
  await session.barrier();
  t.same(seen, [
    [true, 'add', 's1-eth3', true],
    [true, 'modify', 's1-eth2', true],
    [true, 'delete', 's1-eth1', false],
  ]);
  t.same(
    session.ports.filter(({ portNo }) => portNo < 9).map((port) => [port.name, isUp(port)]),
    [
      ['s1-eth2', false],
      ['s1-eth3', true],
    ],
  );
});

t.test('a port that was live and is no more is down, whatever its link', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const port = (portNo: number, name: string, state: Port['state']) =>
    portStatus({ reason: 'modify', port: { ...fakePort(portNo, name), state } });
  fake.send(port(1, 's1-eth1', []), port(2, 's1-eth2', ['live']), port(3, 's1-eth3', []));
  await session.barrier();
  t.same([...session.downPorts], ['s1-eth1'], 'the third has never been live');
  fake.send(port(1, 's1-eth1', ['live']), port(3, 's1-eth3', ['linkDown']));
  await session.barrier();
  t.same([...session.downPorts], ['s1-eth3']);
});

t.test('packet-ins and removed flows are passed on', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const packets = once(controller.registry, 'packetIn');
  const flows = once(controller.registry, 'flowRemoved');
  const data = Buffer.from('frame');
  fake.send(
    packetIn({ totalLength: 5, reason: 'action', match: [], data }),
    flowRemoved({ reason: 'delete', cookie: 9n, match: [] }),
  );
  t.match(await packets, [session, { data }]);
  t.match(await flows, [session, { cookie: 9n }]);
});

t.test('answers come to who asked, in any order', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const held: number[] = [];
  fake.intercept = (message) => {
    if (message.type !== 'multipartRequest') return false;
    held.push(message.xid);
    if (held.length < 2) return true;
    for (const [index, xid] of held.entries()) {
      const group = { groupType: 'all' as const, groupId: index + 1, buckets: [] };
      const body = multipartReplyBody.make.groupDesc({ groups: [group] });
      fake.send(multipartReply({ xid, flags: ['more'], body }));
    }
    for (const xid of held.toReversed()) {
      const body = multipartReplyBody.make.groupDesc({ groups: [] });
      fake.send(multipartReply({ xid, flags: [], body }));
    }
    return true;
  };
  const [first, second] = await Promise.all([session.groups(), session.groups()]);
  t.same([first.map((group) => group.groupId), second.map((group) => group.groupId)], [[1], [2]]);
});

t.test('an error rejects the request with its xid and nothing else', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const stray = once(session, 'strayError');
  fake.intercept = (message) => {
    if (message.type !== 'multipartRequest') return false;
    fake.send(error({ xid: 0xdead, error: badRequest, data: Buffer.alloc(0) }));
    fake.refuse(message, badRequest);
    return true;
  };
  const refused = t.rejects(session.groups(), {
    code: 'SWITCH_REFUSED',
    message: /refused multipartRequest with badRequest\/permission/,
    refusal: { type: 'badRequest', code: 'permission', failed: { type: 'multipartRequest' } },
  });
  const barrier = session.barrier();
  await refused;
  await barrier;
  t.match(await stray, [{ xid: 0xdead }]);
  t.equal(session.counters.unclaimed, 1);
});

t.test('a request that is not answered times out; the next one works', async (t) => {
  const controller = await startController(t, { requestMs: 1500 });
  const { fake, session } = await controller.join();
  fake.intercept = ({ type }) => type === 'barrierRequest';
  await t.rejects(session.barrier(), { code: 'SWITCH_TIMEOUT' });
  fake.intercept = () => false;
  await session.barrier();
});

t.test('more parts than the limit end the connection', async (t) => {
  const controller = await startController(t, { multipartParts: 10 });
  const { fake, session } = await controller.join();
  fake.intercept = (message) => {
    if (message.type !== 'multipartRequest') return false;
    const body = multipartReplyBody.make.groupDesc({ groups: [] });
    const part = encode(multipartReply({ xid: message.xid, flags: ['more'], body }));
    fake.sendBytes(Buffer.concat(Array<Buffer>(11).fill(part)));
    return true;
  };
  await t.rejects(session.groups(), { code: 'SWITCH_CLOSED' });
  t.equal(controller.registry.closed.protocolError, 1);
});

t.test('closing rejects everything that waits', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  fake.intercept = () => true;
  const waiting = [
    session.barrier(),
    session.groups(),
    session.flows({ cookie: 0n, cookieMask: 0n }),
  ];
  await fake.got('barrierRequest');
  fake.destroy();
  const results = await Promise.allSettled(waiting);
  for (const result of results) {
    t.match(result, { status: 'rejected', reason: { code: 'SWITCH_CLOSED' } });
  }
  await t.rejects(session.barrier(), { code: 'SWITCH_CLOSED' }, 'and what comes after');
});

t.test('nothing that follows the fault in the same bytes has an effect', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  session.on('portStatus', () => t.fail('the connection was closed before'));
  fake.intercept = ({ type, xid }) => {
    if (type !== 'multipartRequest') return false;
    const later = portStatus({ reason: 'delete', port: fakePort(1, 's1-eth1') });
    fake.send(barrierReply({ xid }), later);
    return true;
  };
  await t.rejects(session.groups(), { code: 'SWITCH_CLOSED' });
  await fake.closed;
  t.ok(session.portNumbers.has('s1-eth1'));
});

t.test('half a frame and then nothing more', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  fake.sendBytes(Buffer.from('040c00500000', 'hex'));
  fake.end();
  const [reason] = await closing(session);
  t.equal(reason, 'peerClosed');
});

/** Anything, or a frame of any type whose header at least is right. */
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.nat(35), fc.uint8Array({ maxLength: 300 })).map(([type, body]) => {
    const length = 8 + body.length;
    return Buffer.concat([Buffer.from([4, type, length >> 8, length & 0xff, 0, 0, 0, 9]), body]);
  }),
);

t.test('no bytes from a peer do harm, and every connection is accounted for', async (t) => {
  const controller = await startController(t);
  const { session } = await controller.join({ dpid: 99n });
  let connections = 0;
  await fc.assert(
    fc.asyncProperty(fc.boolean(), noise, async (greets, bytes) => {
      connections += 1;
      const socket = connect(controller.listener.port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      socket.end(Buffer.concat([greets ? encode(helloFor()) : Buffer.alloc(0), bytes]));
      await once(socket, 'close');
    }),
    { numRuns: 300 },
  );
  const total = () => Object.values(controller.registry.closed).reduce((a, b) => a + b, 0);
  while (total() < connections) await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(total(), connections);
  t.ok(controller.registry.closed.wireError > 0, 'some of it was garbage');
  await session.barrier();
});

t.test('a peer that sends without reading is cut off', async (t) => {
  const controller = await startController(t, { pauseBytes: 200_000, stallMs: 200 });
  const { fake, session } = await controller.join();
  const closed = closing(session);
  fake.stopReading();
  const request = encode(echoRequest({ xid: 1, data: Buffer.alloc(60_000) }));
  const flood = setInterval(
    () => fake.sendBytes(Buffer.concat(Array<Buffer>(20).fill(request))),
    5,
  );
  t.teardown(() => clearInterval(flood));
  const [reason] = await closed;
  clearInterval(flood);
  t.equal(reason, 'notReading');
});
