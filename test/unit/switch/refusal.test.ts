// Frames that are no OpenFlow 1.3: what the peer is told, and what becomes of the connection.
import { once } from 'node:events';
import t from 'tap';
import { echoRequest, encode } from '../../../sdn-app/openflow/index.js';
import type { SessionEvents, SwitchSession } from '../../../sdn-app/switch/index.js';
import { startController } from './controller.js';

const closing = (session: SwitchSession) =>
  once(session, 'closed') as Promise<SessionEvents['closed']>;
const frame = (hex: string) => Buffer.from(hex, 'hex');

/** With the code that tells what was wrong; undefined where there is none to tell. */
const ending: Record<string, { bytes: Buffer; code?: string }> = {
  'a length below the header': { bytes: frame('0400000400000001') },
  'another version': { bytes: frame('0114000800000001'), code: 'badVersion' },
  'a structure that ends too early': {
    bytes: frame('040c001000000001000000000000ffff'),
    code: 'badLength',
  },
  'a length in it that goes too far': {
    bytes: frame('040a00200000000100000000000000000000000000000000000100ff00000000'),
    code: 'badLength',
  },
  'a value that there is not': { bytes: frame('0418001800000001000000ff000000000000000000000000') },
  'an error that is broken': { bytes: frame('0401000a000000010001') },
};

for (const [what, { bytes, code }] of Object.entries(ending)) {
  t.test(`${what} ends the connection and is counted`, async (t) => {
    const controller = await startController(t);
    const { fake, session } = await controller.join();
    fake.sendBytes(Buffer.concat([encode(echoRequest({ xid: 5, data: Buffer.alloc(0) })), bytes]));
    const [reason, detail] = await closing(session);
    t.equal(reason, 'wireError');
    t.match(detail, /OpenFlow .* at byte \d+/);
    t.equal(controller.registry.closed.wireError, 1);
    await fake.closed;
    const told = fake.received.filter(({ type }) => type === 'error');
    const wanted = { xid: 1, error: { type: 'badRequest', code }, data: bytes };
    t.match(told, code === undefined ? [] : [wanted]);
    t.equal(told.length, code === undefined ? 0 : 1);
  });
}

t.test('a type of another version is answered by an error, and the session goes on', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const unknown = Buffer.concat([frame('041e006800000007'), Buffer.alloc(96, 0xab)]);
  fake.sendBytes(unknown);
  const answer = await fake.got('error');
  t.match(answer, { xid: 7, error: { type: 'badRequest', code: 'badType' } });
  t.same(answer.data, unknown.subarray(0, 64), 'with the first 64 bytes of it');
  await session.barrier();
  t.equal(session.counters.unknown, 1);
  t.equal(controller.registry.closed.wireError, 0);
});

t.test('nothing but such types is no sign of life', async (t) => {
  const controller = await startController(t, { echoIntervalMs: 100 });
  const { fake, session } = await controller.join();
  fake.intercept = () => true;
  const noise = setInterval(() => fake.sendBytes(frame('041e000800000007')), 20);
  t.teardown(() => clearInterval(noise));
  const [reason] = await closing(session);
  t.equal(reason, 'keepAliveTimeout');
});
