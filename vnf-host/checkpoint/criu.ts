/** Where criu may be: one that is named, the system's, those that Ferry's set-up made. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.js';

/** Made by mininet/criu.sh; probe results are kept in it too. */
export const CRIU_HOME = process.env['FERRY_CRIU_HOME'] ?? '/var/lib/ferry/criu';
const VERSION_LIMIT_MS = 20_000;

export interface Criu {
  path: string;
  /** Like 4.2.1. */
  version: string;
  /** Of the program file. */
  sha256: string;
}

/** Program files to try, best first. FERRY_CRIU names one and leaves the others out. */
export function criuPaths(): string[] {
  const named = process.env['FERRY_CRIU'];
  if (named !== undefined) return [named];
  const system = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'criu'));
  const found = [...system, ...madePaths()].map(resolved).filter((path) => path !== undefined);
  return [...new Set(found)];
}

/** Newest first. */
function madePaths(): string[] {
  try {
    return readdirSync(CRIU_HOME)
      .filter((name) => /^criu-\d/.test(name))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((name) => join(CRIU_HOME, name, 'criu'));
  } catch {
    return [];
  }
}

function resolved(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Rejects when the file cannot be read or does not run. */
export async function describeCriu(path: string): Promise<Criu> {
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  const { stdout, stderr } = await run([path, '--version'], VERSION_LIMIT_MS);
  const version = /^Version: (\S+)/m.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`it does not tell its version: ${stderr.trim()}`);
  return { path, version, sha256 };
}
