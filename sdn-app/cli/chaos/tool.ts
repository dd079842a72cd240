/** Programs that faults are made with. */
import { execFile } from 'node:child_process';
import { FerryError } from '../../contract/errors.js';

const PATIENCE_MS = 30_000;

/** Resolves with what it wrote; rejects with CHAOS_FAILED, or TOOL_MISSING when it is not there. */
export function tool(words: readonly string[], input = ''): Promise<string> {
  const [file = '', ...rest] = words;
  return new Promise((resolve, reject) => {
    const child = execFile(file, rest, { timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === 'ENOENT')
        reject(new FerryError('TOOL_MISSING', `${file} is not installed`, file));
      else reject(new FerryError('CHAOS_FAILED', `${file}: ${stderr.trim() || error.message}`));
    });
    // One that ends without reading says why on stderr.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
