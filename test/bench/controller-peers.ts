// The controllers that are compared, each a process of its own that is started for one run.
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from './bench.js';

const startMs = 30_000;
const stopMs = 5_000;

export interface Peer {
  name: string;
  command(port: number): [program: string, ...args: string[]];
  /** Debian's package of the program, for a peer that may not be installed. */
  packageName?: string;
  /** Switches that it serves at most. */
  maxSwitches?: number;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const ferry: Peer = {
  name: 'ferry',
  command: (port) => [
    process.execPath,
    here('../../../sdn-app/cli/ferry.mjs'),
    ...['controller', '--listen', `127.0.0.1:${port}`, '--http', '127.0.0.1:0'],
  ],
};

/** What no controller can pass: constant answers by C++, which leaves generator and loopback. */
export const limit: Peer = {
  name: 'limit',
  command: (port) => [here('../../../native/build-bench/bin/swarm_limit'), String(port)],
};

/** What no controller on Node's sockets can pass. */
export const nodeLimit: Peer = {
  name: 'limit on Node',
  command: (port) => [process.execPath, here('./controller-limit.js'), String(port)],
};

export const testcontroller: Peer = {
  name: 'testcontroller',
  packageName: 'openvswitch-testcontroller',
  // MAX_SWITCHES in its source: later connections are not even greeted.
  maxSwitches: 16,
  command: (port) => [
    'ovs-testcontroller',
    ...['-O', 'OpenFlow13', '--unixctl=none', '--log-file=/dev/null'],
    `ptcp:${port}:127.0.0.1`,
  ],
};

export const osken: Peer = {
  name: 'os-ken',
  packageName: 'python3-os-ken',
  command: (port) => [
    'osken-manager',
    ...['--ofp-listen-host', '127.0.0.1', '--ofp-tcp-listen-port', String(port)],
    here('../../../test/bench/controller-os-ken.py'),
  ],
};

export function isInstalled(peer: Peer): boolean {
  const [program] = peer.command(0);
  if (peer.packageName === undefined) return true;
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs `use` with the port on which a fresh process of the peer listens, and its pid. */
export async function withPeer<T>(
  peer: Peer,
  use: (port: number, pid: number) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  const [program, ...args] = peer.command(port);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-500)));
  child.on('error', (error) => (stderr += error.message));
  try {
    if (!(await listens(child, port)) || child.pid === undefined) {
      throw new BenchError('BENCH_PEER', `${peer.name} does not listen: ${stderr.trim()}`);
    }
    return await use(port, child.pid);
  } finally {
    await stop(child);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Tries until the process takes a connection; false when it ends or takes too long. */
async function listens(child: ChildProcess, port: number): Promise<boolean> {
  const limit = Date.now() + startMs;
  while (child.exitCode === null && child.pid !== undefined && Date.now() < limit) {
    const taken = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (taken) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const deadline = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await exited;
  clearTimeout(deadline);
}
