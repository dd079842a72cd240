// Two hosts with an instance each, a client and a server, joined by bridges that can be redirected.
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { InstanceEvent, InstanceOptions, InstanceStats } from '../../../native/index.js';

const child = fileURLToPath(new URL('./instance-child.js', import.meta.url));
const name = (part: string): string => `fyd-${part}${process.pid}`;
const wire = name('w');

export const macs = ['02:fe:00:00:0d:01', '02:fe:00:00:0d:02'] as const;
export const token = '5eed5eed5eed5eed5eed5eed5eed5eed';
export const hosts = { client: name('c'), server: name('s'), src: name('a'), dest: name('b') };
/** Addresses of the instances on a link of their own. */
export const syncAddress = { src: '192.168.77.1', dest: '192.168.77.2' };

function run(program: string, args: readonly string[], input = ''): void {
  execFileSync(program, args, { stdio: ['pipe', 'ignore', 'pipe'], input });
}
const ip = (...args: string[]): void => run('ip', args);
export const inHost = (host: string): string[] => ['ip', 'netns', 'exec', host];

function join(host: string, inside: string, port: string, bridge: string): void {
  ip('link', 'add', inside, 'netns', host, 'type', 'veth', 'peer', 'name', port, 'netns', wire);
  ip('-n', host, 'link', 'set', inside, 'up');
  ip('-n', wire, 'link', 'set', port, 'master', bridge, 'up');
}

/** Bridge fydi is the inside, fydo the outside; port 0 of an instance is fyd0, port 1 fyd1. */
export function setUp(): void {
  for (const host of [wire, ...Object.values(hosts)]) ip('netns', 'add', host);
  for (const bridge of ['fydi', 'fydo']) {
    ip('-n', wire, 'link', 'add', bridge, 'type', 'bridge', 'mcast_snooping', '0');
    ip('-n', wire, 'link', 'set', bridge, 'up');
  }
  join(hosts.client, 'fyd0', 'fydc', 'fydi');
  join(hosts.server, 'fyd0', 'fyds', 'fydo');
  for (const [host, letter] of [
    [hosts.src, 'a'],
    [hosts.dest, 'b'],
  ] as const) {
    join(host, 'fyd0', `fyd${letter}0`, 'fydi');
    join(host, 'fyd1', `fyd${letter}1`, 'fydo');
    for (const port of ['0', '1']) {
      run('bridge', ['-n', wire, 'link', 'set', 'dev', `fyd${letter}${port}`, 'learning', 'off']);
    }
  }
  ip(
    'link',
    'add',
    'fydm',
    'netns',
    hosts.src,
    'type',
    'veth',
    'peer',
    'fydm',
    'netns',
    hosts.dest,
  );
  for (const [host, address] of [
    [hosts.src, syncAddress.src],
    [hosts.dest, syncAddress.dest],
  ] as const) {
    ip('-n', host, 'addr', 'add', `${address}/24`, 'dev', 'fydm');
    ip('-n', host, 'link', 'set', 'fydm', 'up');
  }
  run('bridge', ['-n', wire, '-batch', '-'], steering('a'));
}

export function tearDown(): void {
  for (const host of [wire, ...Object.values(hosts)]) {
    try {
      ip('netns', 'del', host);
    } catch {
      // It was never made.
    }
  }
}

/** Both virtual MACs to the ports of host a (src) or b (dest). */
function steering(letter: 'a' | 'b'): string {
  const commands = macs.map((mac, i) => `fdb replace ${mac} dev fyd${letter}${i} master static\n`);
  return commands.join('');
}

// The bundle of a controller: everything is ready before the first change is made.
const commitBundle = `
import socket, subprocess, sys
token, macs = bytes.fromhex(sys.argv[1]), sys.argv[2:]
ready = []
for port, mac in enumerate(macs):
    frame = bytes.fromhex(mac.replace(':', '')) + bytes.fromhex('02feff00000088b5')
    frame += b'FERY' + bytes([1, 1, port, 0]) + token
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    link.bind(('fyda%d' % port, 0))
    ready.append((link, frame.ljust(60, b'\\0')))
subprocess.run(['bridge', '-batch', '-'], input=sys.stdin.buffer.read(), check=True)
for link, frame in ready:
    link.send(frame)
`;

/** Both ports to dest, and an ingress marker to each port of src. */
export function redirect(): void {
  const python = ['python3', '-c', commitBundle, token, ...macs];
  run('ip', [...inHost(wire).slice(1), ...python], steering('b'));
}

interface Answer {
  id?: number;
  result?: unknown;
  error?: { code: string; field?: string; message: string };
  event?: InstanceEvent;
}

/** An instance in a host. */
export class InstanceProcess {
  readonly events: InstanceEvent[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #watchers = new Set<() => void>();
  #nextId = 1;

  constructor(host: string, options: InstanceOptions) {
    const argv = [...inHost(host), process.execPath, child, JSON.stringify(options)];
    this.#child = spawn(argv[0] ?? '', argv.slice(1));
    this.#child.stderr.pipe(process.stderr);
    createInterface({ input: this.#child.stdout }).on('line', (text) => {
      const answer = JSON.parse(text) as Answer;
      if (answer.event !== undefined) {
        this.events.push(answer.event);
        for (const watcher of this.#watchers) watcher();
      } else if (answer.id !== undefined) {
        this.#answers.get(answer.id)?.(answer);
      }
    });
  }

  async call(call: string, ...args: [string, number, string] | []): Promise<unknown> {
    const id = this.#nextId++;
    const answered = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    this.#child.stdin.write(
      `${JSON.stringify(args.length === 0 ? { id, call } : { id, call, args })}\n`,
    );
    const { result, error } = await answered;
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return result;
  }

  async stats(): Promise<InstanceStats> {
    return (await this.call('stats')) as InstanceStats;
  }

  /** The first event of this type, as soon as there is one. */
  async event<Type extends InstanceEvent['type']>(
    type: Type,
  ): Promise<Extract<InstanceEvent, { type: Type }>> {
    for (;;) {
      const found = this.events.find((event) => event.type === type);
      if (found !== undefined) return found as Extract<InstanceEvent, { type: Type }>;
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
    }
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin.end();
    await exited;
  }
}
