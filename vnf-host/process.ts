/** Processes by pid and start time, so that a pid that the kernel gave away again is never touched. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { ProcessIdentity } from '../sdn-app/contract/process-identity.js';
import { LAUNCH_VARIABLE } from './instance/protocol.js';

export type { ProcessIdentity };

/** Where an instance sees its host's run directory. */
export const HOST_DIR = '/run/ferry-host';

/** The process that has this pid now; undefined when there is none or it has ended (a zombie). */
export function identify(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid);
  if (fields === undefined) return undefined;
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

/** PF_EXITING of the kernel's include/linux/sched.h, in field 9 of /proc/PID/stat. */
const EXITING = 4;

/**
 * True once the process has gone so far towards its end that it cannot run its own code again:
 * known some time before it is gone, while the kernel still closes what it had open.
 */
export function isDying({ pid, startTicks }: ProcessIdentity): boolean {
  const fields = statFields(pid);
  return fields === undefined || Number(fields[19]) !== startTicks
    ? true
    : 'ZXx'.includes(fields[0] ?? '') || (Number(fields[6]) & EXITING) !== 0;
}

/** State of the process as in proc(5): `R`, `S`, `D`, `T` when a signal has stopped it, and so on. */
export function stateOf(identity: ProcessIdentity): string | undefined {
  return isAlive(identity) ? statFields(identity.pid)?.[0] : undefined;
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

/**
 * The process of one start, found by its environment: for a manifest that does not name it yet. Only
 * one that sees `runDir` as its host's: a copy restored on another host has the same environment.
 */
export function findLaunched(launch: string, runDir: string): ProcessIdentity | undefined {
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const environment = readProc(pid, 'environ')?.split('\0');
    if (environment?.includes(`${LAUNCH_VARIABLE}=${launch}`) !== true) continue;
    if (!isInstance(pid) || !sees(pid, runDir)) continue;
    return identify(pid);
  }
  return undefined;
}

/** Not the launcher, which is in our process namespace, nor process 1 of the instance's own. */
function isInstance(pid: number): boolean {
  const numbers = /^NSpid:\s*(.*)$/m.exec(readProc(pid, 'status') ?? '')?.[1]?.split(/\s+/) ?? [];
  return numbers.length > 1 && numbers.at(-1) !== '1';
}

function sees(pid: number, runDir: string): boolean {
  try {
    const seen = statSync(`/proc/${pid}/root${HOST_DIR}`);
    const own = statSync(runDir);
    return seen.ino === own.ino && seen.dev === own.dev;
  } catch {
    return false;
  }
}

/** The first child of a process; undefined when it has none yet. */
export function childOf(parent: number): ProcessIdentity | undefined {
  const pid = Number.parseInt(readProc(parent, `task/${parent}/children`) ?? '', 10);
  return Number.isNaN(pid) ? undefined : identify(pid);
}

/** The parent of a living process. */
export function parentOf({ pid }: ProcessIdentity): number | undefined {
  const parent = /^PPid:\s*(\d+)$/m.exec(readProc(pid, 'status') ?? '')?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Fields of /proc/PID/stat from the third on. */
function statFields(pid: number): string[] | undefined {
  const stat = readProc(pid, 'stat');
  // The command name stands in parentheses and may hold any byte: count from the last one.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}
