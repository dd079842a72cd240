/**
 * Hears of the end of packet threads from the kernel, at once (native/launch/ferry_watch.cpp): an
 * instance without one can speak no more. Where the kernel cannot tell, nothing is heard.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LineSplitter } from './instance/lines.js';
import type { Log } from './log.js';
import type { ProcessIdentity } from './process.js';

const PROGRAM = fileURLToPath(new URL('../../native/build/Release/ferry-watch', import.meta.url));

export class DeathWatch {
  readonly #log: Log;
  /** By the line that names the process. */
  readonly #watched = new Map<string, () => void>();
  #child: ChildProcess | undefined;
  #unable = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** `dead` is called once, when the instance's packet thread has ended. */
  watch({ pid, startTicks }: ProcessIdentity, dead: () => void): void {
    const line = `${pid} ${startTicks}`;
    if (this.#unable || this.#watched.has(line)) return;
    this.#watched.set(line, dead);
    if (this.#child === undefined) this.#start();
    else this.#child.stdin?.write(`${line}\n`);
  }

  close(): void {
    this.#unable = true;
    this.#watched.clear();
    this.#child?.stdin?.end();
  }

  #start(): void {
    // A session of its own: it may then raise that.
    const child = spawn(PROGRAM, [], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child = child;
    const splitter = new LineSplitter();
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => {
      for (const line of splitter.push(chunk)) this.#take(line);
    });
    child.once('error', (error) => this.#giveUp(error.message));
    // Killed, it begins again with the next process; those that it watched are looked at in turn.
    child.once('exit', () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#watched.clear();
    });
    for (const line of this.#watched.keys()) child.stdin.write(`${line}\n`);
  }

  #take(line: string): void {
    if (line === 'unable') {
      this.#giveUp('this kernel cannot tell the end of a thread (Linux 6.9 can)');
      return;
    }
    const dead = this.#watched.get(line);
    this.#watched.delete(line);
    dead?.();
  }

  #giveUp(reason: string): void {
    if (this.#unable) return;
    this.#unable = true;
    this.#watched.clear();
    this.#log('info', `deaths of instances are looked for at each heartbeat: ${reason}`);
  }
}
