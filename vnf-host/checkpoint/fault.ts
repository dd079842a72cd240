/** What criu said of a dump or a restore that went wrong. */
import { readFile } from 'node:fs/promises';
import { ProblemError } from '../instance/problem.js';
import type { Ended } from './run.js';

/** Harmless: criu asks for more open files than a container may have. */
const HARMLESS = /RLIMIT_NOFILE/;
const MAX_LINES = 3;

/** `what` like "dump of process 7". */
export async function criuFault(what: string, ended: Ended, log: string): Promise<ProblemError> {
  if (ended.late) {
    const text = `${what} was stopped after ${Math.round(ended.durationMs)} ms without an end`;
    return new ProblemError('CHECKPOINT_FAILED', text);
  }
  const said = (await errorLines(log)) || ended.stderr.trim() || `criu ended with ${ended.code}`;
  return new ProblemError('CHECKPOINT_FAILED', `${what} failed: ${said}`);
}

async function errorLines(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line.includes('Error') && !HARMLESS.test(line))
    .slice(0, MAX_LINES)
    .map((line) => line.replace(/^\([\d.]+\)\s*(\d+: )?/, ''))
    .join('; ');
}
