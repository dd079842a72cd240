import { once } from 'node:events';
import t from 'tap';
import {
  encode,
  flowMod,
  packetIn,
  packetOut,
  type Message,
} from '../../../sdn-app/openflow/index.js';
import { SwitchError, type SwitchSession } from '../../../sdn-app/switch/index.js';
import { startController } from './controller.js';

const large = packetOut({ actions: [], data: Buffer.alloc(60_000) });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const closing = async (session: SwitchSession) => {
  const [reason, detail] = (await once(session, 'closed')) as [string, string];
  return { reason, detail };
};

/** Sends until neither the kernel nor the queue takes more, and returns the refusal. */
async function fill(session: SwitchSession, message: Message = large): Promise<SwitchError> {
  for (;;) {
    try {
      session.post([message]);
    } catch (error) {
      if (error instanceof SwitchError) return error;
      throw error;
    }
    await turn();
  }
}

t.test('a switch that never reads: requests fail, then the connection ends', async (t) => {
  const limits = { writeQueueBytes: 1_000_000, stallMs: 1000, requestMs: 60_000 };
  const controller = await startController(t, limits);
  const { session: other } = await controller.join({ dpid: 2n });
  const { fake, session } = await controller.join({ dpid: 1n });
  fake.stopReading();
  const closed = closing(session);
  const waiting = session.barrier();
  const gaveUp = t.rejects(waiting, { code: 'SWITCH_CLOSED' });
  let refusals = 0;
  // The kernel takes more as time goes by.
  while (session.connected) {
    const refusal = await fill(session);
    if (refusal.code !== 'SWITCH_BUSY') break;
    if (refusals === 0) t.match(refusal.message, /bytes wait to be sent; 1000000 is the limit/);
    refusals += 1;
    await other.barrier();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.ok(refusals > 0);
  const { reason, detail } = await closed;
  t.equal(reason, 'notReading');
  t.match(detail, /left \d+ bytes unread for 1000 ms/);
  await gaveUp;
  t.throws(() => session.post([large]), { code: 'SWITCH_CLOSED' });
  t.equal(controller.registry.closed.notReading, 1);
  await other.barrier();
});

t.test('a switch that reads slowly is waited for', { timeout: 120_000 }, async (t) => {
  const controller = await startController(t, { writeQueueBytes: 4_000_000, stallMs: 2000 });
  const { fake, session } = await controller.join();
  fake.stopReading();
  await fill(session);
  const begin = performance.now();
  // In small steps, with pauses in which nothing more is read.
  while (performance.now() - begin < 3 * 2000) {
    fake.readOn();
    await turn();
    fake.stopReading();
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (session.connected) await fill(session);
  }
  t.ok(session.connected);
  fake.readOn();
  await session.barrier();
});

t.test('nothing is read from a switch that does not read the answers', async (t) => {
  const controller = await startController(t, { pauseBytes: 100_000, stallMs: 1000 });
  const { fake, session } = await controller.join();
  session.on('packetIn', () => session.post([large]));
  fake.stopReading();
  const closed = closing(session);
  const asked = 20_000;
  const one = encode(
    packetIn({ totalLength: 1, reason: 'noMatch', match: [], data: Buffer.alloc(1) }),
  );
  fake.sendBytes(Buffer.concat(Array<Buffer>(asked).fill(one)));
  t.equal((await closed).reason, 'notReading');
  t.ok(session.counters.framesIn < asked, `${session.counters.framesIn} frames were read`);
});

t.test('and once it reads again, everything is answered', async (t) => {
  const controller = await startController(t, { pauseBytes: 100_000 });
  const { fake, session } = await controller.join();
  let heard = 0;
  session.on('packetIn', () => {
    heard += 1;
    session.post([packetOut({ actions: [], data: Buffer.alloc(20_000) })]);
  });
  fake.stopReading();
  const asked = 2_000;
  const one = encode(
    packetIn({ totalLength: 1, reason: 'noMatch', match: [], data: Buffer.alloc(1) }),
  );
  fake.sendBytes(Buffer.concat(Array<Buffer>(asked).fill(one)));
  while (heard === 0) await turn();
  for (let turns = 0; turns < 100; turns += 1) await turn();
  fake.readOn();
  while (heard < asked) await new Promise((resolve) => setTimeout(resolve, 5));
  await session.barrier();
  t.equal(fake.applied.length, asked);
});

t.test('what waits for all switches together is bounded too, and given back', async (t) => {
  const limits = { totalWriteQueueBytes: 500_000, stallMs: 60_000 };
  const controller = await startController(t, limits);
  const { fake: deaf, session: first } = await controller.join({ dpid: 1n });
  const { session: second } = await controller.join({ dpid: 2n });
  deaf.stopReading();
  t.match((await fill(first)).message, /to all switches together/);
  // In the same turn: the kernel may take more in the next.
  t.throws(() => second.post([large]), { code: 'SWITCH_BUSY' });
  first.close('shutdown', 'the test wishes it');
  for (;;) {
    const refusal = await second.commit([large]).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refusal === undefined) break;
    t.match(refusal, { code: 'SWITCH_BUSY' });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

t.test('requests and commits that wait are bounded', async (t) => {
  const controller = await startController(t, { requests: 3, commits: 2 });
  const { fake, session } = await controller.join();
  const held: Message[] = [];
  fake.intercept = (message) => {
    if (message.type !== 'barrierRequest' && message.type !== 'bundleControl') return false;
    held.push(message);
    return true;
  };
  const change = [flowMod({ match: [] })];
  const commits = [session.commit(change), session.commit(change)];
  await t.rejects(session.commit(change), { code: 'SWITCH_BUSY', outcome: 'unchanged' });
  const barriers = [session.barrier(), session.barrier()];
  await t.rejects(session.barrier(), { code: 'SWITCH_BUSY' });
  while (held.length < 3) await turn();
  fake.intercept = () => false;
  for (const message of held) fake.answer(message);
  await Promise.all([...commits, ...barriers]);
  await session.barrier();
});
