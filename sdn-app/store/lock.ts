/**
 * Keeps two controllers from sharing a state directory: each has a file named by its pid and start
 * time, and the one that finds another's that lives gives way. A name is never used twice, so what a
 * dead process has left can be removed without a race.
 */
import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FerryError, messageOf } from '../contract/errors.js';

export interface StateLock {
  release(): Promise<void>;
}

const LOCK_NAME = /^lock\.(?<pid>\d+)\.(?<started>\d+)$/;

/** Makes the directory if need be. Throws STATE_LOCKED while another process that lives holds it. */
export async function lockState(stateDir: string): Promise<StateLock> {
  const mine = `lock.${process.pid}.${startTime(process.pid) ?? 0}`;
  const path = join(stateDir, mine);
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw locked(stateDir, process.pid);
    }
    const reason = messageOf(error);
    throw new FerryError('STATE_UNWRITABLE', `cannot use ${stateDir}: ${reason}`, 'stateDir');
  }
  for (const name of await readdir(stateDir)) {
    const found = LOCK_NAME.exec(name)?.groups;
    if (name === mine || found === undefined) continue;
    const pid = Number(found['pid']);
    if (startTime(pid) === found['started']) {
      await rm(path, { force: true });
      throw locked(stateDir, pid);
    }
    await rm(join(stateDir, name), { force: true });
  }
  return { release: () => rm(path, { force: true }) };
}

/**
 * Field 22 of /proc/PID/stat: clock ticks from boot to the process's start; tells reused pids apart.
 * Undefined for a process that has ended, also while its parent has not yet waited for it.
 */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function locked(stateDir: string, pid: number): FerryError {
  return new FerryError('STATE_LOCKED', `${stateDir} is in use by process ${pid}`, 'stateDir');
}
