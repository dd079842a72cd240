/** The guard of one program's connections (native/launch/ferry_guard.cpp), and what it has withheld. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ConnectionStanding } from '../../sdn-app/contract/checkpoint.js';
import type { InstancePort } from '../../sdn-app/contract/nfs/definition.js';
import { LineSplitter } from '../instance/lines.js';
import { ProblemError } from '../instance/problem.js';
import type { ProcessIdentity } from '../process.js';

const GUARD = fileURLToPath(new URL('../../../native/build/Release/ferry-guard', import.meta.url));

/** As a connectionStanding, with the timestamp (ms) of its last segment and when that was, or none. */
export interface Withheld extends Omit<ConnectionStanding, 'timestamp'> {
  timestamp: { value: number; at: number } | undefined;
}

const WITHHELD = /^withheld ([\d.]+) (\d+) ([\d.]+) (\d+) (\d+) (\d+) (\d+)$/;

export class Guard {
  /** In the order in which their ends were withheld. */
  readonly withheld: Withheld[] = [];
  /** Resolves when the program's process has ended, or the guard itself. */
  readonly ended: Promise<'program' | 'guard'>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: () => void) {
    this.#child = child;
    const splitter = new LineSplitter();
    this.ended = new Promise((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        for (const line of splitter.push(chunk)) {
          if (line === 'ready') ready();
          else if (line === 'ended') resolve('program');
          else this.#take(line);
        }
      });
      child.once('exit', () => resolve('guard'));
      child.once('error', () => resolve('guard'));
    });
    child.stdin?.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** In the network namespace of process `pid`, which has been set up. Rejects with INSTANCE_FAILED. */
  static async start(pid: number, ports: readonly InstancePort[]): Promise<Guard> {
    const ways = ports.map((port) => `${port.mac}=${port.interface}`);
    const child = spawn(GUARD, [String(pid), ...ways], {
      cwd: '/',
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let onReady: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (onReady = resolve));
    const guard = new Guard(child, () => onReady());
    const first = await Promise.race([ready, guard.ended]);
    if (first === undefined) return guard;
    throw new ProblemError('INSTANCE_FAILED', 'the guard of its connections did not start');
  }

  /** From now on what this process ends itself goes out. */
  watch({ pid, startTicks }: ProcessIdentity): void {
    this.#child.stdin?.write(`${pid} ${startTicks}\n`);
  }

  end(): void {
    this.#child.stdin?.end();
    this.#child.kill('SIGKILL');
  }

  #take(line: string): void {
    const found = WITHHELD.exec(line);
    if (found === null) return;
    const [, local = '', localPort, remote = '', remotePort, sent, received, stamp] = found;
    const value = Number(stamp);
    this.withheld.push({
      local: { address: local, port: Number(localPort) },
      remote: { address: remote, port: Number(remotePort) },
      sendNext: Number(sent),
      receiveNext: Number(received),
      timestamp: value === 0 ? undefined : { value, at: performance.now() },
    });
  }
}
