/** Two hosts in a network namespace of their own, a program for them that counts, and its client. */
import { execFileSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  checkpointInfo,
  stopAnswer,
  type ConnectionStanding,
} from '../../../../sdn-app/contract/checkpoint.js';
import type { InstanceSpec } from '../../../../sdn-app/contract/instance.js';
import { until } from './controller.js';
import type { TestHost } from './host.js';

export const ID = 'count.00000001';
export const TOKEN = '0123456789abcdef'.repeat(2);
const PATIENCE_MS = 30_000;
/** Counts the lines of all its connections, in memory alone. */
const COUNTER = `
import selectors, socket
count = 0
chosen = selectors.DefaultSelector()
server = socket.create_server(('10.9.0.1', 7000))
chosen.register(server, selectors.EVENT_READ)
while True:
    for key, _ in chosen.select():
        if key.fileobj is server:
            chosen.register(server.accept()[0], selectors.EVENT_READ)
            continue
        data = key.fileobj.recv(4096)
        if not data:
            chosen.unregister(key.fileobj)
            key.fileobj.close()
        for line in data.splitlines():
            count += 1
            key.fileobj.send(b'%d\\n' % count)
            print(count, flush=True)
`;

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'inherit' });

ip('link', 'set', 'lo', 'up');
ip('link', 'add', 'fyg-br', 'type', 'bridge');
ip('address', 'add', '10.9.0.100/24', 'dev', 'fyg-br');
ip('link', 'set', 'fyg-br', 'up');
for (const name of ['fyg1', 'fyg2']) {
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`);
  ip('link', 'set', `${name}p`, 'master', 'fyg-br', 'up');
  ip('link', 'set', name, 'up');
}

export function counter(hostInterface: string, config: object = {}): InstanceSpec {
  const port = { name: 'lan', interface: hostInterface, mac: '02:fe:00:00:09:01' };
  return {
    ...{ id: ID, vnf: 'count', kind: 'program', role: 'serving' },
    config: {
      command: ['/usr/bin/python3', 'count.py'],
      files: { 'count.py': COUNTER },
      ...config,
    },
    ports: [{ ...port, address: '10.9.0.1/24' }],
    ...{ stateletWindowMs: 50, holdBytes: 65_536, restartAfterMs: 1000 },
  };
}

/** A client of the counter: one connection, a line for each number. */
export class Client {
  readonly socket: Socket;
  readonly heard: number[] = [];
  ending: string | undefined;
  #rest = '';

  constructor() {
    this.socket = connect(7000, '10.9.0.1');
    this.socket.on('data', (chunk: Buffer) => {
      const lines = (this.#rest + chunk.toString()).split('\n');
      this.#rest = lines.pop() ?? '';
      this.heard.push(...lines.map(Number));
    });
    this.socket.on('end', () => (this.ending ??= 'end'));
    this.socket.on('error', (error) => (this.ending ??= error.message));
  }

  /** The count that the next line makes. */
  async next(): Promise<number> {
    const before = this.heard.length;
    this.socket.write('more\n');
    return until(() => this.heard[before], `answer to line ${before}; ${this.ending ?? 'open'}`);
  }
}

/** A client as soon as somebody listens. */
export async function clientOf(test: { teardown: (task: () => void) => unknown }): Promise<Client> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const client = new Client();
    test.teardown(() => client.socket.destroy());
    const opened = new Promise<boolean>((resolve) => {
      client.socket.once('connect', () => resolve(true));
      client.socket.once('close', () => resolve(false));
    });
    if (await opened) return client;
    await delay(50);
  }
  throw new Error('nobody listens');
}

export const checkpoint = async (host: TestHost) =>
  checkpointInfo.parse(
    await host.controller.get({ method: 'checkpointInstance', instance: ID, keep: 3 }),
  );

export async function stop(host: TestHost): Promise<ConnectionStanding[]> {
  const request = { method: 'stopInstance' as const, instance: ID, abruptly: true as const };
  return stopAnswer.parse(await host.controller.get(request)).connections;
}

/** Has the second host take a checkpoint from the first. */
export async function ship(id: string, first: TestHost, second: TestHost): Promise<void> {
  const offer = { method: 'receiveCheckpoint' as const, address: '127.0.0.1', token: TOKEN };
  const { port } = (await second.controller.get({ ...offer, keep: 3 })) as { port: number };
  const parcel = { address: '127.0.0.1', port, token: TOKEN, checkpoint: id };
  await first.controller.get({ method: 'sendCheckpoint', ...parcel });
}
