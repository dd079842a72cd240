/** Runs one program to its end, within a time limit. */
import { spawn, type ChildProcess } from 'node:child_process';

/** What is kept of a program's output. */
const MAX_OUTPUT_BYTES = 65_536;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** True when it was killed because it took longer than its limit. */
  late: boolean;
  stdout: string;
  stderr: string;
  durationMs: number;
}

/**
 * Ends the program with all that it started when the limit is over, or when it `hangs`. Rejects when it
 * cannot start. With `ready`, as soon as the program has written something: told on its stdin when
 * that is done, and the limit counts anew from then; what `ready` takes is its own affair.
 */
export async function run(
  words: readonly string[],
  limitMs: number,
  ready?: (pid: number) => Promise<void>,
  hangs?: AbortSignal,
): Promise<Ended> {
  const [file = '', ...args] = words;
  const began = performance.now();
  const child = spawn(file, args, { cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined);
  let prepared: Promise<void> = Promise.resolve();
  if (ready === undefined) {
    child.stdin.end();
  } else {
    child.stdout.once('data', () => {
      clearTimeout(timer);
      prepared = letGo(child, ready).finally(() => {
        if (child.exitCode === null && child.signalCode === null) limit();
      });
      prepared.catch(() => undefined);
    });
  }
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      if (output[stream].length < MAX_OUTPUT_BYTES) output[stream] += chunk.toString('utf8');
    });
  }
  let late = false;
  const giveUp = () => {
    late = true;
    killGroup(child.pid);
  };
  let timer: NodeJS.Timeout | undefined;
  const limit = () => (timer = setTimeout(giveUp, limitMs));
  limit();
  hangs?.addEventListener('abort', giveUp, { once: true });
  try {
    // Not 'close': a process that it leaves behind may hold the streams.
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
      (resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code, signal) => setImmediate(() => resolve([code, signal])));
      },
    );
    await prepared;
    return { code, signal, late, ...output, durationMs: performance.now() - began };
  } finally {
    clearTimeout(timer);
    hangs?.removeEventListener('abort', giveUp);
  }
}

/** Rejects as `ready` does; the end of its stdin, without a byte, tells the program of that. */
export async function letGo(
  child: Pick<ChildProcess, 'pid' | 'stdin'>,
  ready: (pid: number) => Promise<void>,
): Promise<void> {
  try {
    await ready(child.pid ?? 0);
    child.stdin?.write('1');
  } finally {
    child.stdin?.end();
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
