/** Runs the `ferry` command as a user does, and small labs for it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FERRY = join(ROOT, 'sdn-app/cli/ferry.mjs');
export const LAB_PROGRAM = join(ROOT, 'mininet/lab.py');
export const TOPO_PROGRAM = join(ROOT, 'mininet/topo.py');
export const LAB_DIR = '/run/ferry/lab';

export interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

export function run(file: string, parameters: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
  });
}

export const ferry = (...parameters: string[]): Promise<Said> =>
  run(process.execPath, [FERRY, ...parameters]);

/** The same as `ferry`, below another program such as unshare. */
export const ferryUnder = (
  wrapper: readonly string[],
  parameters: readonly string[],
): Promise<Said> => {
  const [file = 'env', ...rest] = wrapper;
  return run(file, [...rest, process.execPath, FERRY, ...parameters]);
};

/** False, or why a lab cannot be: tests then say that they were skipped. Somebody's lab is not touched. */
export function cannotRunLab(): string | false {
  if (process.geteuid?.() !== 0) return 'a lab needs root';
  if (existsSync(LAB_DIR)) throw new Error(`there is a lab in ${LAB_DIR}: remove it first`);
  return false;
}

/** A lab without VNFs; every name begins with `fyl`, so that it clashes with nothing. */
const SMALL_LAB = `
version: 1
name: fyl-small
switches:
  fyls1: { dpid: 4207 }
networks:
  one: { subnet: 10.97.0.0/24 }
  two: { subnet: 10.98.0.0/24 }
hosts:
  fyla: { gateway: 10.97.0.2 }
  fylb: {}
  fylg: { agent: true }
links:
  - { host: fyla, switch: fyls1, network: one, address: 10.97.0.1/24 }
  - { host: fylg, switch: fyls1, network: one, address: 10.97.0.3/24, bandwidthBps: 10000000 }
  - { host: fylg, switch: fyls1, network: two, address: 10.98.0.3/24, mac: '02:aa:bb:cc:dd:ee' }
  - { host: fylb, switch: fyls1, network: one, address: 10.97.0.2/24 }
`;

export async function smallLabFile(t: {
  teardown: (undo: () => unknown) => void;
}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fyl-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'small.yaml');
  await writeFile(file, SMALL_LAB);
  return file;
}

/** Removes the small lab if a failed test has left it; another lab is somebody's own. */
export async function removeSmallLab(): Promise<void> {
  const { stdout } = await ferry('lab', 'status', '--json');
  if (stdout.includes('"topology": "fyl-small"')) await ferry('lab', 'down');
}
