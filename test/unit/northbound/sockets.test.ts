/** WebSockets and listening, on real sockets. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { systemClock } from '../../../sdn-app/clock.js';
import type { FerryEvent } from '../../../sdn-app/contract/rest.js';
import { EventLog, REPLAY_EVENTS } from '../../../sdn-app/events.js';
import { listenHttp, type HttpListener } from '../../../sdn-app/northbound/listen.js';
import { buildServer } from '../../../sdn-app/northbound/server.js';
import { agentRoute, eventRoute } from '../../../sdn-app/northbound/sockets.js';
import { until } from '../hosts/agents.js';
import { fakeDeps } from './fake-deps.js';

interface Bed {
  events: EventLog;
  agents: WebSocket[];
  http: HttpListener;
  port: number;
}

async function bed(t: Test): Promise<Bed> {
  const events = new EventLog(systemClock);
  const agents: WebSocket[] = [];
  const app = await buildServer({ ...fakeDeps(), events });
  const few = { ...eventRoute(events), path: '/v1/few', maxSockets: 1 };
  const routes = [eventRoute(events), agentRoute((socket) => agents.push(socket)), few];
  const any = { address: '127.0.0.1', port: 0 };
  const http = await listenHttp(app, [any, { address: '127.0.0.2', port: 0 }], routes);
  t.teardown(async () => {
    await http.close();
    await app.close();
  });
  return { events, agents, http, port: http.addresses[0]?.port ?? 0 };
}

class Listener {
  readonly socket: WebSocket;
  readonly heard: FerryEvent[] = [];
  closedWith: number | undefined;

  constructor(port: number, path: string) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    this.socket.on('message', (data) => {
      this.heard.push(JSON.parse((data as Buffer).toString()) as FerryEvent);
    });
    this.socket.on('close', (code) => (this.closedWith = code));
    this.socket.on('error', () => undefined);
  }
}

t.test('REST on every address', async (t) => {
  const { http } = await bed(t);
  t.equal(http.addresses.length, 2);
  for (const { address, port } of http.addresses) {
    const response = await fetch(`http://${address}:${port}/v1/health`);
    t.match(await response.json(), { status: 'ok' });
  }
});

t.test('a page of another site gets nothing, by whatever way its browser may ask', async (t) => {
  const { agents, port } = await bed(t);
  const url = `http://127.0.0.1:${port}`;
  for (const origin of ['https://example.org', 'null', `http://127.0.0.1:${port + 1}`]) {
    for (const [path, request] of [
      ['/v1/health', {}],
      ['/stats/flowentry/add', { method: 'POST', body: '{"dpid": 1}' }],
    ] as const) {
      const response = await fetch(`${url}${path}`, { ...request, headers: { origin } });
      t.equal(response.status, 403);
      t.match(await response.json(), { code: 'ORIGIN_REFUSED' });
    }
    for (const path of ['/v1/agents', '/v1/events']) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { origin });
      const [error] = (await once(socket, 'error')) as [Error];
      t.match(error.message, /403/);
    }
  }
  t.equal(agents.length, 0);
  const own = await fetch(`${url}/v1/health`, { headers: { origin: url } });
  t.equal(own.status, 200);
});

t.test('events as they happen, and those that were missed', async (t) => {
  const { events, port } = await bed(t);
  events.publish('vnf.serving', 'nat1', { host: 'host1' });
  events.publish('switch.connected', 's1');
  const now = new Listener(port, '/v1/events');
  const since = new Listener(port, '/v1/events?since=1');
  await Promise.all([once(now.socket, 'open'), once(since.socket, 'open')]);
  await until(() => since.heard.length === 1);
  events.publish('host.connected', 'host1');
  await until(() => now.heard.length === 1 && since.heard.length === 2);
  t.match(now.heard, [{ seq: 3, type: 'host.connected', subject: 'host1' }]);
  t.same(
    since.heard.map(({ seq }) => seq),
    [2, 3],
  );
  now.socket.close();
  since.socket.close();
});

t.test('the past is bounded', (t) => {
  const events = new EventLog(systemClock);
  for (let n = 0; n < REPLAY_EVENTS + 5; n += 1) events.publish('x', 'y');
  t.equal(events.since(0).length, REPLAY_EVENTS);
  t.equal(events.since(0)[0]?.seq, 6);
  t.same(events.since(REPLAY_EVENTS + 5), []);
  t.end();
});

t.test('a listener that does not read is closed, the others go on', async (t) => {
  const { events, port } = await bed(t);
  const slow = new Listener(port, '/v1/events');
  const quick = new Listener(port, '/v1/events');
  await Promise.all([once(slow.socket, 'open'), once(quick.socket, 'open')]);
  slow.socket.pause();
  const text = 'x'.repeat(100_000);
  // More than the kernel's own buffers take.
  for (let n = 0; n < 400; n += 1) {
    events.publish('note', 'nat1', { text });
    if (n % 8 === 7) await until(() => quick.heard.length === n + 1);
  }
  t.equal(quick.heard.length, 400);
  slow.socket.resume();
  await until(() => slow.closedWith !== undefined);
  t.ok(slow.heard.length < 400, `${slow.heard.length} heard`);
  quick.socket.close();
});

t.test('a listener that speaks, or speaks too long', async (t) => {
  const { port } = await bed(t);
  for (const [text, code] of [
    ['hello?', 1008],
    ['x'.repeat(2000), 1009],
  ] as const) {
    const listener = new Listener(port, '/v1/events');
    await once(listener.socket, 'open');
    listener.socket.send(text);
    await until(() => listener.closedWith !== undefined);
    t.equal(listener.closedWith, code);
  }
});

t.test('what cannot be upgraded is a problem', async (t) => {
  const { port, agents } = await bed(t);
  for (const [path, status] of [
    ['/v1/nowhere', 404],
    ['/v1/events?since=-1', 400],
    ['/v1/events?since=1&x=2', 400],
    ['/v1/agents?since=1', 400],
    ['/', 404],
  ] as const) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    const [error] = (await once(socket, 'error')) as [Error];
    t.match(error.message, new RegExp(`${status}`), path);
  }
  t.equal(agents.length, 0);
  const agent = new WebSocket(`ws://127.0.0.1:${port}/v1/agents`);
  await once(agent, 'open');
  await until(() => agents.length === 1);
  agent.terminate();
});

t.test('more sockets than a path may have', async (t) => {
  const { port } = await bed(t);
  const first = new Listener(port, '/v1/few');
  await once(first.socket, 'open');
  const second = new WebSocket(`ws://127.0.0.1:${port}/v1/few`);
  const [error] = (await once(second, 'error')) as [Error];
  t.match(error.message, /503/);
  first.socket.close();
});

t.test('garbage in place of HTTP', async (t) => {
  const { port } = await bed(t);
  const socket = connect(port, '127.0.0.1');
  socket.write(Buffer.alloc(100_000, 0xff));
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'close');
  const response = await fetch(`http://127.0.0.1:${port}/v1/health`);
  t.equal(response.status, 200);
});

t.test('a port in use, and an address that is not ours', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  const app = await buildServer(fakeDeps());
  t.teardown(() => app.close());
  const free = { address: '127.0.0.1', port: 0 };
  const taken = [free, { address: '127.0.0.1', port }];
  await t.rejects(listenHttp(app, taken, []), { code: 'PORT_IN_USE', field: 'http.1' });
  const foreign = [{ address: '192.0.2.1', port: 0 }];
  await t.rejects(listenHttp(app, foreign, []), { code: 'CONFIG_INVALID', field: 'http.0' });
});
