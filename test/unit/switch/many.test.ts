import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { encode, helloFor, packetIn } from '../../../sdn-app/openflow/index.js';
import { startController } from './controller.js';

const PAUSE_MS = 20;

t.test('a thousand switches at once', { timeout: 120_000 }, async (t) => {
  const count = 1000;
  const controller = await startController(t, { handshakeMs: 60_000 });
  const { registry } = controller;
  const heard = new Set<bigint>();
  registry.on('packetIn', (session) => heard.add(session.dpid));
  const all = Array.from({ length: count }, (_, index) => BigInt(index + 1));
  const known = all.map((dpid) => registry.waitFor(dpid, 60_000));
  const fakes = all.map((dpid) => controller.fake({ dpid }));
  const sessions = await Promise.all(known);
  t.equal(registry.sessions.length, count);
  for (const fake of fakes) {
    fake.send(packetIn({ totalLength: 1, reason: 'noMatch', match: [], data: Buffer.alloc(1) }));
  }
  await Promise.all(sessions.map((session) => session.barrier()));
  t.equal(heard.size, count);
  for (const fake of fakes.slice(0, count / 2)) fake.end();
  await controller.counted('peerClosed', count / 2);
  t.equal(registry.sessions.length, count / 2);
  await Promise.all(sessions.slice(count / 2).map((session) => session.barrier()));
});

t.test('connections above the limit are dropped and counted, the others stay', async (t) => {
  const controller = await startController(t, { connections: 2 });
  const first = await controller.join({ dpid: 1n });
  const second = await controller.join({ dpid: 2n });
  const third = controller.fake({ dpid: 3n });
  await third.closed;
  await controller.counted('tooManyConnections');
  t.same(controller.registry.sessions, [first.session, second.session]);
  first.fake.end();
  await controller.counted('peerClosed');
  const { session } = await controller.join({ dpid: 3n });
  await session.barrier();
});

/** Sends a byte now and then for as long as the other side listens. */
function drip(socket: { write(bytes: Buffer): unknown; closed: boolean }, bytes: Buffer): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.closed) clearInterval(timer);
    else socket.write(bytes.subarray(at, ++at));
  }, PAUSE_MS);
}

t.test('a hello that takes for ever', async (t) => {
  const controller = await startController(t, { handshakeMs: 300 });
  const slow = connect(controller.listener.port, '127.0.0.1');
  slow.on('error', () => undefined).resume();
  drip(slow, Buffer.concat([Buffer.from('0400ffff00000001', 'hex'), Buffer.alloc(65_000)]));
  await once(slow, 'close');
  await controller.counted('handshakeTimeout');
});

t.test('a frame that takes for ever is no sign of life', async (t) => {
  const controller = await startController(t, { echoIntervalMs: 200 });
  const { fake, session } = await controller.join();
  fake.intercept = () => true;
  const closed = once(session, 'closed');
  let open = true;
  drip(
    {
      write: (bytes) => fake.sendBytes(bytes),
      get closed() {
        return !open;
      },
    },
    Buffer.concat([Buffer.from('040affff00000001', 'hex'), Buffer.alloc(65_000)]),
  );
  const [reason] = (await closed) as [string];
  open = false;
  t.equal(reason, 'keepAliveTimeout');
});

t.test('one that connects and says nothing', async (t) => {
  const controller = await startController(t, { handshakeMs: 100 });
  const silent = connect(controller.listener.port, '127.0.0.1');
  silent.on('error', () => undefined).resume();
  await once(silent, 'close');
  await controller.counted('handshakeTimeout');
});

t.test('one that says hello and no more', async (t) => {
  const controller = await startController(t, { handshakeMs: 100 });
  const silent = connect(controller.listener.port, '127.0.0.1');
  silent.on('error', () => undefined).resume();
  silent.write(encode(helloFor()));
  await once(silent, 'close');
  await controller.counted('handshakeTimeout');
});
