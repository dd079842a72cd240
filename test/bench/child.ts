// A helper process that prints JSON lines and ends when its input does.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { BenchError } from './bench.js';

export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #ended: Promise<never>;
  #stderr = '';

  constructor(command: readonly string[]) {
    this.#process = spawn(command[0] ?? '', command.slice(1));
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-2_000);
    });
    this.#process.stdin.on('error', () => undefined); // its exit tells more
    this.#lines = createInterface({ input: this.#process.stdout });
    this.#ended = once(this.#lines, 'close').then(() => {
      throw new BenchError('BENCH_CHILD', `A process ended too early: ${this.#stderr.trim()}`);
    });
    this.#ended.catch(() => undefined); // told to whoever waits for a line
  }

  send(message: object): void {
    this.#process.stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** The next line that it prints. */
  async next(): Promise<unknown> {
    const [line] = (await Promise.race([once(this.#lines, 'line'), this.#ended])) as [string];
    return JSON.parse(line) as unknown;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.stdin.end();
    const deadline = setTimeout(() => this.#process.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(deadline);
  }
}
