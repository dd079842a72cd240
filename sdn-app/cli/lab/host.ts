/** Programs inside a lab host's namespaces. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { FerryError } from '../../contract/errors.js';
import { isAlive, readJournal } from './journal.js';

/** Everything that carries the lab's id in its environment ends with the lab. */
export const LAB_MARKER = 'FERRY_LAB_ID';

/**
 * What runs a program inside a host of the running lab, to be put before its words.
 * @throws FerryError LAB_NOT_RUNNING or HOST_UNKNOWN.
 */
export async function hostCommand(host: string): Promise<string[]> {
  const journal = await readJournal();
  const shell = journal.hosts[host];
  if (shell === undefined) {
    const names = Object.keys(journal.hosts).join(', ');
    throw new FerryError('HOST_UNKNOWN', `the lab has no host ${host}; it has ${names}`, 'HOST');
  }
  if (!(await isAlive(shell))) {
    throw new FerryError('LAB_NOT_RUNNING', `host ${host} is gone: run \`ferry lab down\``);
  }
  return ['mnexec', '-a', String(shell.pid), 'env', `${LAB_MARKER}=${journal.labId}`];
}

/** Starts a program inside a host; its pid is the program's own. */
export async function spawnInHost(
  host: string,
  command: readonly string[],
  stdio: StdioOptions,
): Promise<ChildProcess> {
  const [file = 'mnexec', ...words] = [...(await hostCommand(host)), ...command];
  return spawn(file, words, { stdio });
}
