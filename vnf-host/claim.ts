/** One agent for one run directory: two would start and stop each other's instances. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FerryError } from '../sdn-app/contract/errors.js';
import { processIdentity } from '../sdn-app/contract/process-identity.js';
import { identify, isAlive, type ProcessIdentity } from './process.js';

/** Takes the directory; the answer gives it back. CONFIG_INVALID when a living agent has it. */
export async function claimRunDir(runDir: string): Promise<() => Promise<void>> {
  const path = join(runDir, 'agent.lock');
  const self = identify(process.pid);
  if (self === undefined) throw new FerryError('INTERNAL', '/proc does not show this process');
  await refuseOther(path, self);
  const temporary = `${path}.${self.pid}`;
  await writeFile(temporary, JSON.stringify(self), { mode: 0o600 });
  await rename(temporary, path);
  // Of two that found a dead owner at once, the one that wrote last has it.
  await refuseOther(path, self);
  return async () => rm(path, { force: true });
}

async function refuseOther(path: string, self: ProcessIdentity): Promise<void> {
  const owner = await readOwner(path);
  if (owner === undefined || owner.pid === self.pid || !isAlive(owner)) return;
  throw new FerryError(
    'CONFIG_INVALID',
    `another vnf-host (pid ${owner.pid}) uses this run directory; give each host its own`,
    'runDir',
  );
}

async function readOwner(path: string): Promise<ProcessIdentity | undefined> {
  try {
    return processIdentity.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
