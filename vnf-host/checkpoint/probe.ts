/**
 * Finds a criu that works on this kernel, by a real dump and restore: `criu check` is content with
 * versions that cannot dump a socket. A result holds for this program file on this kernel.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { release, version as kernelVersion } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../sdn-app/contract/errors.js';
import { criuPaths, CRIU_HOME, describeCriu, type Criu } from './criu.js';
import { run } from './run.js';
import { verdictSchema, type Verdict } from './verdict.js';

const LAB = fileURLToPath(new URL('./probe-lab.js', import.meta.url));
const PROBE_LIMIT_MS = 60_000;

export interface Probed {
  path: string;
  /** Undefined when it does not even tell its version. */
  criu: Criu | undefined;
  verdict: Verdict;
}

/**
 * Probes one after the other until one works; the last of the answer is that one, if any does. What
 * works is remembered in `home`.
 */
export async function probeAll(paths = criuPaths(), home = CRIU_HOME): Promise<Probed[]> {
  const probed: Probed[] = [];
  for (const path of paths) {
    const result = await probeOne(path, home);
    probed.push(result);
    if (result.verdict.works) break;
  }
  return probed;
}

/** The first that works; undefined when none does. */
export async function findCriu(): Promise<Criu | undefined> {
  const last = (await probeAll()).at(-1);
  return last?.verdict.works === true ? last.criu : undefined;
}

async function probeOne(path: string, home: string): Promise<Probed> {
  let criu: Criu;
  try {
    criu = await describeCriu(path);
  } catch (error) {
    const reason = messageOf(error);
    return { path, criu: undefined, verdict: { works: false, reason } };
  }
  const known = await readVerdict(verdictFile(criu, home));
  if (known !== undefined) return { path, criu, verdict: known };
  const verdict = await probeInNamespaces(criu);
  if (verdict.works) await remember(verdictFile(criu, home), verdict);
  return { path, criu, verdict };
}

async function probeInNamespaces({ path }: Criu): Promise<Verdict> {
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const words = ['unshare', ...namespaces, '--', process.execPath, LAB, path];
  try {
    const { late, stdout, stderr } = await run(words, PROBE_LIMIT_MS);
    if (late) return { works: false, reason: 'dump and restore did not end' };
    if (stdout === '') return { works: false, reason: `not probed: ${stderr.trim()}` };
    return verdictSchema.parse(JSON.parse(stdout));
  } catch (error) {
    return { works: false, reason: `not probed: ${String(error)}` };
  }
}

/** One small file a program and kernel: what another one found there is not asked again. */
function verdictFile({ sha256 }: Criu, home: string): string {
  const kernel = createHash('sha256').update(`${release()} ${kernelVersion()}`).digest('hex');
  return join(home, `probed-${sha256.slice(0, 16)}-${kernel.slice(0, 16)}.json`);
}

async function readVerdict(file: string): Promise<Verdict | undefined> {
  try {
    return verdictSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Failures are not remembered: what was missing may be there the next time. */
async function remember(file: string, verdict: Verdict): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(temporary, JSON.stringify(verdict), { mode: 0o644 });
    await rename(temporary, file);
  } catch {
    // It is probed again the next time.
  }
}
