import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { encode, match, packetIn } from '../../../sdn-app/openflow/index.js';
import { FakeSwitch } from './fake-switch.js';

const EARLY = 100_000;
const LATE = 1_000_000;
/** What the process may use more at the end than early on. */
const GROWTH_BYTES = 4_000_000;
const BATCH = 500;
/** Batches that wait for their answers. */
const WINDOW = 4;
const DEAF_EVERY_MS = 5;
/** What kernel and queue hold for one that does not read; it asks for many times that. */
const DEAF_BYTES = 40_000_000;

const script = fileURLToPath(new URL('./memory-controller.js', import.meta.url));
const data = Buffer.alloc(64);
const one = encode(
  packetIn({ totalLength: 64, reason: 'noMatch', match: match({ inPort: 1 }), data }),
);
const batch = Buffer.concat(Array<Buffer>(BATCH).fill(one));

interface Reported {
  port: number;
  bytes: number;
  deafOut: number;
}

/** Resolves when `count` packet-ins were sent and answered. */
function ask(fake: FakeSwitch, count: number): Promise<void> {
  const socket = fake.takeOver();
  // A flow-mod with one match field and one action, and a packet-out with one action: fixed sizes.
  const answerBytes = 88 + (24 + 16 + data.length);
  let sent = 0;
  let heard = 0;
  return new Promise((resolve) => {
    const more = (): void => {
      if (heard >= count * answerBytes) resolve();
      while (sent < count && (sent - WINDOW * BATCH) * answerBytes < heard) {
        socket.write(batch);
        sent += BATCH;
      }
    };
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.length;
      more();
    });
    socket.resume();
    more();
  });
}

t.test('memory is flat over a million packet-ins', { timeout: 240_000 }, async (t) => {
  const command = ['--expose-gc', script, String(EARLY), String(LATE)];
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse(String((await lines.next()).value)) as Reported;
  const { port } = await next();
  const asking = new FakeSwitch(port, { dpid: 1n });
  const deaf = new FakeSwitch(port, { dpid: 2n });
  t.teardown(() => {
    for (const fake of [asking, deaf]) fake.destroy();
    child.kill('SIGKILL');
  });
  await Promise.all([asking.known(), deaf.known()]);

  // One that asks all the while, and never reads an answer.
  const unread = deaf.takeOver();
  const flood = setInterval(() => {
    if (!unread.writableNeedDrain) unread.write(batch);
  }, DEAF_EVERY_MS);
  t.teardown(() => clearInterval(flood));

  await ask(asking, LATE);
  const [early, late] = [await next(), await next()];
  t.comment(`${early.bytes} bytes after ${EARLY}, ${late.bytes} after ${LATE}`);
  t.ok(late.bytes - early.bytes < GROWTH_BYTES, `${late.bytes - early.bytes} bytes more`);
  t.ok(late.deafOut < DEAF_BYTES, `${late.deafOut} bytes for the one that does not read`);
});
