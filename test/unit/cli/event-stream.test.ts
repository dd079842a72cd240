// Events over a real WebSocket: those that follow the schema come through, anything else ends it.
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { WebSocketServer, type WebSocket } from 'ws';
import { streamEvents } from '../../../sdn-app/cli/event-stream.js';
import type { FerryEvent } from '../../../sdn-app/contract/rest.js';

const event = (seq: number): FerryEvent => ({
  seq,
  at: '2026-01-02T03:04:05.000Z',
  type: 'migration.state',
  subject: 'm-0123abcd',
  data: { state: 'switching' },
});

/** A controller that does `serve` with each listener; resolves with its URL. */
async function listen(t: Test, serve: (socket: WebSocket, path: string) => void): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket, request) => serve(socket, request.url ?? ''));
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

t.test('events come in order until the listener stops', async (t) => {
  let asked = '';
  const url = await listen(t, (socket, path) => {
    asked = path;
    for (const seq of [8, 9]) socket.send(JSON.stringify(event(seq)));
  });
  const stop = new AbortController();
  const seen: FerryEvent[] = [];
  await streamEvents(url, 7, (each) => seen.push(each) === 2 && stop.abort(), stop.signal);
  t.same(seen, [event(8), event(9)]);
  t.equal(asked, '/v1/events?since=7');
});

t.test('what is no event ends the stream', async (t) => {
  for (const nonsense of ['{"seq": "one"}', 'not JSON']) {
    let closed: Promise<unknown> = Promise.resolve();
    const url = await listen(t, (socket) => {
      closed = once(socket, 'close');
      socket.send(nonsense);
    });
    const ended = streamEvents(url, undefined, () => t.fail('no event'), AbortSignal.any([]));
    await t.rejects(ended, { code: 'CONTROLLER_UNREACHABLE', message: /schema/ });
    await closed;
  }
});

t.test('a controller that goes away, and one that is not there', async (t) => {
  const url = await listen(t, (socket) => socket.close(1013, 'too slow'));
  const none = AbortSignal.any([]);
  await t.rejects(
    streamEvents(url, undefined, () => undefined, none),
    { code: 'CONTROLLER_UNREACHABLE', message: /1013/ },
  );
  await t.rejects(
    streamEvents('http://127.0.0.1:1', undefined, () => undefined, none),
    { code: 'CONTROLLER_UNREACHABLE' },
  );
});
