/**
 * A checkpoint on its way to another host: one TCP connection, a line of JSON that says what comes,
 * the file, and one line back once the receiver has verified it and has it on disk.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { checkpointId } from '../../sdn-app/contract/checkpoint.js';
import { messageOf } from '../../sdn-app/contract/errors.js';
import { sessionToken } from '../../sdn-app/contract/names.js';
import { ProblemError } from '../instance/problem.js';
import type { Log } from '../log.js';
import type { CheckpointStore } from './store.js';

const header = z.strictObject({
  token: sessionToken,
  id: checkpointId,
  bytes: z.int().min(1).max(17_179_869_184),
});
const MAX_HEADER_BYTES = 1024;
/** From the request until somebody has connected, and without a byte after that. */
const IDLE_MS = 20_000;

/** Takes one checkpoint, from whoever shows the token; answers the port at once. */
export async function receiveCheckpoint(
  store: CheckpointStore,
  { address, token, keep }: { address: string; token: string; keep: number },
  log: Log,
): Promise<number> {
  const server = createServer({ allowHalfOpen: true });
  const timer = setTimeout(() => server.close(), IDLE_MS);
  server.on('connection', (socket) => {
    socket.setTimeout(IDLE_MS, () => socket.destroy(new Error('no byte came')));
    takeOne(socket, server, store, token, keep).then(
      (id) => {
        log('info', `checkpoint ${id} came from ${socket.remoteAddress ?? '?'}`);
        socket.end('ok\n');
      },
      (error: unknown) => {
        log('warn', `a checkpoint was refused: ${String(error)}`);
        socket.end(`${String(error).replaceAll('\n', ' ')}\n`);
      },
    );
    socket.on('error', () => undefined);
  });
  server.once('close', () => clearTimeout(timer));
  server.listen(0, address);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A connection that does not know the token leaves the way open for the one that does. */
async function takeOne(
  socket: Socket,
  server: Server,
  store: CheckpointStore,
  token: string,
  keep: number,
): Promise<string> {
  const chunks = chunksOf(socket);
  const { line, rest } = await readLine(chunks);
  const { id, bytes, token: shown } = header.parse(JSON.parse(line));
  if (shown !== token) throw new Error('the token is not the one of this transfer');
  server.close();
  await store.takeIn(id, keep, async (path) => {
    await pipeline(exactly(bytes, rest, chunks), createWriteStream(path, { mode: 0o600 }));
  });
  return id;
}

/** Never told to return: the socket is still to carry the answer. */
function chunksOf(socket: Socket): AsyncIterator<Buffer> {
  return socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
}

async function* exactly(bytes: number, first: Buffer, chunks: AsyncIterator<Buffer>) {
  let missing = bytes;
  for (let chunk: Buffer = first; ;) {
    missing -= chunk.length;
    if (missing < 0) throw new Error('more came than was announced');
    yield chunk;
    if (missing === 0) return;
    const next = await chunks.next();
    if (next.done === true) throw new Error(`the connection ended ${missing} bytes early`);
    chunk = next.value;
  }
}

async function readLine(chunks: AsyncIterator<Buffer>): Promise<{ line: string; rest: Buffer }> {
  let read: Buffer = Buffer.alloc(0);
  while (read.length <= MAX_HEADER_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    read = Buffer.concat([read, next.value]);
    const end = read.indexOf('\n');
    if (end >= 0) return { line: read.toString('utf8', 0, end), rest: read.subarray(end + 1) };
  }
  throw new Error('it did not say what comes');
}

/** Resolves once the other host has it on disk, verified; rejects with CHECKPOINT_FAILED. */
export async function sendCheckpoint(
  store: CheckpointStore,
  { id, address, port, token }: { id: string; address: string; port: number; token: string },
): Promise<{ bytes: number; durationMs: number }> {
  const began = performance.now();
  const path = store.path(id);
  const { size: bytes } = await stat(path).catch((error: unknown) => {
    throw new ProblemError(
      'CHECKPOINT_FAILED',
      `checkpoint ${id} was not copied: ${String(error)}`,
    );
  });
  const socket = connect(port, address);
  socket.on('error', () => undefined);
  try {
    socket.setTimeout(IDLE_MS, () => socket.destroy(new Error('the other host does not answer')));
    // Nothing may be waited for in between: the event comes once.
    await once(socket, 'connect');
    socket.write(`${JSON.stringify({ token, id, bytes } satisfies z.input<typeof header>)}\n`);
    const answer = readLine(chunksOf(socket));
    // It may come early, and then it is a refusal.
    const answered = answer.then(() => undefined);
    answered.catch(() => undefined);
    for await (const chunk of createReadStream(path)) {
      if (!socket.write(chunk as Buffer)) await Promise.race([once(socket, 'drain'), answered]);
    }
    socket.end();
    const { line } = await answer;
    if (line !== 'ok') throw new Error(line);
    return { bytes, durationMs: performance.now() - began };
  } catch (error) {
    const reason = messageOf(error);
    throw new ProblemError('CHECKPOINT_FAILED', `checkpoint ${id} was not copied: ${reason}`);
  } finally {
    socket.destroy();
  }
}
