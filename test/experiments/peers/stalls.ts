// A machine that stalls, made on purpose: nothing fails, and nothing should be taken for failed.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PYTHON } from '../../../sdn-app/cli/paths.js';
import { FerryError } from '../../../sdn-app/contract/errors.js';

/** In turn, one a second: shorter and longer than what three missed advertisements of 10 ms are. */
export const STALL_MS = [20, 50, 100, 200, 300] as const;

const program = fileURLToPath(
  new URL('../../../../test/experiments/peers/stall.py', import.meta.url),
);

/** Resolves when they are over. @throws FerryError LAB_FAILED when real-time priority is refused. */
export function stalls(seconds: number): Promise<void> {
  const words = ['-B', program, String(seconds), ...STALL_MS.map(String)];
  const child = spawn(PYTHON, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-500)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new FerryError('LAB_FAILED', `no stalls could be made: ${said.trim()}`));
    });
  });
}
