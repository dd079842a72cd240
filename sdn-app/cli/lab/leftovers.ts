/** Whether a removed lab is really gone: its interfaces, namespaces and processes. */
import { access, readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { LAB_DIR } from '../paths.js';
import { LAB_MARKER } from './host.js';

/** A process that ends lets go of its packet sockets last: some time on a busy machine. */
const ENDING_MS = 20_000;
const POLL_MS = 50;

const traces = z.object({
  labId: z.string(),
  bridges: z.array(z.string()),
  interfaces: z.array(z.string()),
  hosts: z.record(z.string(), z.object({ pid: z.int() })),
});

export interface LabTraces {
  labId: string;
  interfaces: string[];
  namespaces: string[];
}

/** What a running lab consists of, to be looked for once it was removed. */
export async function labTraces(): Promise<LabTraces> {
  const journal = traces.parse(JSON.parse(await readFile(`${LAB_DIR}/state.json`, 'utf8')));
  const namespaces = await Promise.all(
    Object.values(journal.hosts).map(({ pid }) => readlink(`/proc/${pid}/ns/net`)),
  );
  return {
    labId: journal.labId,
    interfaces: [...journal.bridges, ...journal.interfaces],
    namespaces,
  };
}

/** One line for everything of that lab that is still there and stays; none when it is gone. */
export async function leftovers(lab: LabTraces): Promise<string[]> {
  const deadline = performance.now() + ENDING_MS;
  for (;;) {
    const found = await remains(lab);
    if (found.length === 0 || performance.now() > deadline) return found;
    await sleep(POLL_MS);
  }
}

async function remains(lab: LabTraces): Promise<string[]> {
  const found: string[] = [];
  for (const name of lab.interfaces) {
    if (await exists(`/sys/class/net/${name}`)) found.push(`interface ${name}`);
  }
  if (await exists(LAB_DIR)) found.push(`directory ${LAB_DIR}`);
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if (await belongs(name, lab)) found.push(`process ${name}`);
  }
  return found;
}

async function belongs(pid: string, lab: LabTraces): Promise<boolean> {
  const namespace = await readlink(`/proc/${pid}/ns/net`).catch(() => '');
  if (lab.namespaces.includes(namespace)) return true;
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment.split('\0').includes(`${LAB_MARKER}=${lab.labId}`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
