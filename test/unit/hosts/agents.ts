/** A registry behind a real WebSocket server, and agents that connect to it. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock, type Clock } from '../../../sdn-app/clock.js';
import { AGENT_PROTOCOL, MAX_MESSAGE_BYTES } from '../../../sdn-app/contract/agent.js';
import type { InstanceSpec, InstanceStats } from '../../../sdn-app/contract/instance.js';
import { HostRegistry } from '../../../sdn-app/hosts/registry.js';
import type { HostEvent } from '../../../sdn-app/hosts/port.js';

export interface TestBed {
  registry: HostRegistry;
  /** Everything that the registry told, in order. */
  events: HostEvent[];
  connect: () => Promise<TestAgent>;
  /** An agent of host1 that has been heard. */
  join: (instances?: object[]) => Promise<TestAgent>;
}

/** It ends with the test. */
export async function testBed(t: Test, clock: Clock = systemClock): Promise<TestBed> {
  const registry = new HostRegistry(['host1', 'host2'], clock);
  const events: HostEvent[] = [];
  registry.subscribe((event) => events.push(event));
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  server.on('connection', (socket) => registry.accept(socket));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.teardown(async () => {
    registry.close();
    for (const client of server.clients) client.terminate();
    server.close();
    await once(server, 'close');
  });
  const connect = async (): Promise<TestAgent> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/agents`);
    const agent = new TestAgent(socket);
    await once(socket, 'open');
    return agent;
  };
  const join = async (instances: object[] = []): Promise<TestAgent> => {
    const agent = await connect();
    agent.hello('host1', instances);
    await until(() => registry.connected('host1'));
    return agent;
  };
  return { registry, events, connect, join };
}

interface Received {
  method: string;
  id?: number;
  [key: string]: unknown;
}

export class TestAgent {
  readonly socket: WebSocket;
  /** Requests, heartbeats left out. */
  readonly requests: Received[] = [];
  heartbeats = 0;
  closedWith: { code: number; reason: string } | undefined;
  /** Answers a request; undefined leaves it unanswered. */
  answer: (request: Received) => object | undefined = () => ({ type: 'result', value: {} });

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      const request = JSON.parse((data as Buffer).toString()) as Received;
      if (request.method === 'heartbeat') {
        this.heartbeats += 1;
        return;
      }
      this.requests.push(request);
      const answer = this.answer(request);
      if (answer !== undefined) this.send({ id: request.id, ...answer });
    });
    socket.on('close', (code, reason) => {
      this.closedWith = { code, reason: reason.toString() };
    });
    socket.on('error', () => undefined);
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  hello(host: string, instances: object[] = [], more: object = {}): void {
    this.send({
      ...{ type: 'hello', protocol: AGENT_PROTOCOL, host, version: '0.1.0', instances },
      ...more,
    });
  }
}

/** Waits for real I/O, without a bound of its own: the test's timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

export const stats = (mode: InstanceStats['mode']): InstanceStats => ({
  mode,
  entries: 3,
  counters: { packetsIn: 1 },
  sync: {
    ...{ phase: 'none', snapshotBytes: 0, snapshotEntries: 0, statelets: 0, stateletBytes: 0 },
    ...{ dataplaneBytes: 0, dataplanePackets: 0, lagBytes: 0, heldPackets: 0, heldPeakPackets: 0 },
    ...{ stragglers: 0, markerTimeouts: 0, reconnects: 0 },
  },
});

export const running = (id: string, pid: number, missed: object[] = []): object => ({
  ...{ id, vnf: 'nat1', pid, stats: stats('serving'), missed },
});

export const spec: InstanceSpec = {
  id: 'nat1.0000000a',
  vnf: 'nat1',
  kind: 'nat44',
  config: {},
  ports: [
    { name: 'inside', interface: 'h-eth0', mac: '02:fe:00:00:00:01', address: '10.0.0.1/16' },
  ],
  role: 'serving',
  stateletWindowMs: 50,
  holdBytes: 65_536,
};
