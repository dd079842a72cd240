/** The lab's processes by what they are in a migration, and the two signals that faults need. */
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, readJournal, type ProcessIdentity } from '../../sdn-app/cli/lab/journal.js';
import { manifestSchema } from '../../vnf-host/manifest.js';
import { LAB_DIR } from '../lab/ferry-command.js';
import { programPid } from './fault-lab.js';

export const VICTIMS = ['srcInst', 'destInst', 'srcAgent', 'destAgent', 'sdn-app'] as const;
export type Victim = (typeof VICTIMS)[number];

/** Who takes part in the migration that a case is about. */
export interface Roles {
  srcHost: string;
  destHost: string;
  srcInst: string;
  /** Known from the time that its process is there. */
  destInst: string | undefined;
}

export async function pidOf(victim: Victim, roles: Roles): Promise<number> {
  switch (victim) {
    case 'srcInst':
      return instancePid(roles.srcHost, roles.srcInst);
    case 'destInst':
      return instancePid(roles.destHost, roles.destInst);
    case 'srcAgent':
      return programPid(`agent-${roles.srcHost}`);
    case 'destAgent':
      return programPid(`agent-${roles.destHost}`);
    case 'sdn-app':
      return programPid('controller');
  }
}

/** kill -9; throws when there was no such process: then the case has not happened. */
export async function kill(pid: number): Promise<void> {
  const process_ = identify(pid);
  process.kill(pid, 'SIGKILL');
  while (await isAlive(process_)) await new Promise((resolve) => setImmediate(resolve));
}

/** Stops a process; the answer lets it go on, if it still lives. */
export function freeze(pid: number): () => Promise<void> {
  const process_ = identify(pid);
  process.kill(pid, 'SIGSTOP');
  return async () => {
    if (await isAlive(process_)) process.kill(pid, 'SIGCONT');
  };
}

/** Instances of a host as its agent recorded them, with processes. */
export function instancesOn(host: string): Map<string, number> {
  const directory = join(LAB_DIR, 'hosts', host);
  const found = new Map<string, number>();
  for (const name of readdirSync(directory).filter((each) => each.endsWith('.json'))) {
    try {
      const text = readFileSync(join(directory, name), 'utf8');
      const { spec, process: running } = manifestSchema.parse(JSON.parse(text));
      if (running !== null) found.set(spec.id, running.pid);
    } catch {
      // Removed since it was listed.
    }
  }
  return found;
}

/** Pids of all instance processes in the lab's hosts, whoever knows of them. */
export async function instanceProcesses(): Promise<number[]> {
  const { hosts } = await readJournal();
  const namespaces = await Promise.all(
    Object.values(hosts).map(({ pid }) => readlink(`/proc/${pid}/ns/net`)),
  );
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const namespace = await readlink(`/proc/${pid}/ns/net`).catch(() => '');
      if (!namespaces.includes(namespace)) return [];
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      // It gives itself the shorter name as soon as it runs; what launched it has another program.
      // One that only waits to become an instance is none yet.
      const isInstance = /^(?:ferry-instance [a-z]|[^\0]*node\0[^\0]*vnf-host\/instance\/main\.js)/;
      return isInstance.test(command) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

function instancePid(host: string, instance: string | undefined): number {
  const pid = instancesOn(host).get(instance ?? '');
  if (pid === undefined) throw new Error(`${host} does not run ${instance ?? 'that instance'}`);
  return pid;
}

function identify(pid: number): ProcessIdentity {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, startTime: Number(fields[19]) };
}
