/** Processes by pid and start time, so that a pid that the kernel gave away again is never touched. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { LAUNCH_VARIABLE } from './instance/protocol.js';

export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks from boot to the start of the process. */
  startTicks: number;
}

/** The process that has this pid now; undefined when there is none or it has ended (a zombie). */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  // The command name stands in parentheses and may hold any byte: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTicks = Number(fields[19]);
  if (state === undefined || 'ZXx'.includes(state) || !Number.isSafeInteger(startTicks)) {
    return undefined;
  }
  return { pid, startTicks };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

/** Sends a signal to that process and to no other; false when it has ended. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

/** The process of one start, found by its environment: for a manifest that does not name it yet. */
export function findLaunched(launch: string): ProcessIdentity | undefined {
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const environment = readProc(pid, 'environ')?.split('\0');
    if (environment?.includes(`${LAUNCH_VARIABLE}=${launch}`) === true) return identify(pid);
  }
  return undefined;
}

/**
 * Starts an instance in a session of its own, with /dev/null for its streams and no descriptor
 * beyond them, so that it outlives the agent and a checkpoint of it holds no file of the agent's.
 */
export function spawnInstance(entry: string, manifestPath: string, launch: string): ChildProcess {
  const child = spawn(process.execPath, [entry, manifestPath], {
    cwd: '/',
    detached: true,
    env: { [LAUNCH_VARIABLE]: launch },
    stdio: 'ignore',
  });
  child.unref();
  return child;
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}
