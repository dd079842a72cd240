/** Runs mininet/lab.py: progress lines from its stdout, its fault from stderr. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { FerryError } from '../../contract/errors.js';
import { knownCode } from '../output.js';
import { LAB_PROGRAM, PYTHON } from '../paths.js';

const progressLine = z.object({ step: z.string().optional(), up: z.boolean().optional() });
const errorLine = z.object({
  error: z.object({ code: z.string(), message: z.string(), field: z.string().optional() }),
});
/** What a broken program says is kept for the error, but not without end. */
const MAX_SAID = 4000;

export function requireRoot(): void {
  if (process.geteuid?.() !== 0) {
    throw new FerryError('NOT_ROOT', 'a lab makes namespaces, bridges and packet sockets');
  }
}

/** Builds the lab and resolves once it is up; the program then lives on by itself. */
export async function runLab(
  options: readonly string[],
  onStep: (step: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const child = start(['run', ...options]);
  // The program removes what it has made so far.
  const stop = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop);
  const fault = collectFault(child);
  const up = new Promise<boolean>((resolve) => {
    if (child.stdout === null) return;
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const progress = progressLine.safeParse(parse(line));
      if (!progress.success) return;
      if (progress.data.step !== undefined) onStep(progress.data.step);
      if (progress.data.up === true) resolve(true);
    });
    lines.on('close', () => resolve(false));
  });
  const ended = exitOf(child);
  if (!(await up)) {
    await ended;
    signal?.throwIfAborted();
    throw fault();
  }
  signal?.removeEventListener('abort', stop);
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}

/** Removes the lab, also one whose process is dead; with an id only if it is that one. */
export async function removeLab(labId?: string): Promise<void> {
  const child = start(labId === undefined ? ['down'] : ['down', '--lab-id', labId]);
  const fault = collectFault(child);
  child.stdout?.resume();
  if ((await exitOf(child)) !== 0) throw fault();
}

function start(parameters: readonly string[]): ChildProcess {
  if (!existsSync(PYTHON)) {
    throw new FerryError('TOOL_MISSING', `${PYTHON} is not installed`, 'python3');
  }
  return spawn(PYTHON, ['-B', LAB_PROGRAM, ...parameters], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('close', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
}

function collectFault(child: ChildProcess): () => FerryError {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-MAX_SAID);
  });
  return () => {
    for (const line of said.split('\n').reverse()) {
      const parsed = errorLine.safeParse(parse(line));
      if (!parsed.success) continue;
      const { code, message, field } = parsed.data.error;
      return new FerryError(knownCode(code), message, field);
    }
    return new FerryError('LAB_FAILED', said.trim() || 'the lab program ended without a word');
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
