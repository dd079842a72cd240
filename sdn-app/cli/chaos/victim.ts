/** The lab's processes by the names that chaos scripts use. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTROLLER, AGENT_PREFIX } from '../../contract/check-chaos.js';
import { FerryError } from '../../contract/errors.js';
import { manifestProcess } from '../../contract/process-identity.js';
import { isAlive, readJournal, type ProcessIdentity } from '../lab/journal.js';
import { LAB_DIR } from '../paths.js';
import type { Rehearsal } from './fault.js';

/** The process that has this name now. Rejects with CHAOS_TARGET_MISSING while there is none. */
export async function victimNamed(name: string, { api }: Rehearsal): Promise<ProcessIdentity> {
  const isProgram = name === CONTROLLER || name.startsWith(AGENT_PREFIX);
  const found = isProgram ? (await readJournal()).programs[name] : await servingInstance(name, api);
  if (found !== undefined && (await isAlive(found))) return found;
  throw new FerryError('CHAOS_TARGET_MISSING', `no process of ${name} runs at present`, 'process');
}

async function servingInstance(
  vnf: string,
  api: Rehearsal['api'],
): Promise<ProcessIdentity | undefined> {
  const { host, instance } = await api.vnf(vnf);
  if (instance === null) return undefined;
  const path = join(LAB_DIR, 'hosts', host, `${instance}.json`);
  const text = await readFile(path, 'utf8').catch(() => 'null');
  const process = manifestProcess.safeParse(JSON.parse(text)).data?.process;
  return process ? { pid: process.pid, startTime: process.startTicks } : undefined;
}

/** Signals that process and no other; nothing when it has ended. */
export async function signal(victim: ProcessIdentity, name: NodeJS.Signals): Promise<void> {
  if (await isAlive(victim)) process.kill(victim.pid, name);
}
