/**
 * Starts instance processes so that a checkpoint can take them and any host can restore them:
 * - in a process namespace of its own, where its process number is free on every host;
 * - in a session of its own, with /dev/null for its streams and no descriptor beyond them;
 * - with the host's run directory mounted where every host has it, at HOST_DIR, so that the paths in
 *   its memory are right wherever it is restored.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ProblemError } from './instance/problem.js';
import { LAUNCH_VARIABLE } from './instance/protocol.js';
import { childOf, type ProcessIdentity } from './process.js';

/** Where an instance sees its host's run directory. */
export const HOST_DIR = '/run/ferry-host';

/** native/launch/ferry_launch.cpp; the compiled TypeScript is in dist/vnf-host/. */
const LAUNCHER = fileURLToPath(new URL('../../native/build/Release/ferry-launch', import.meta.url));
const POLL_MS = 1;

export interface Launched {
  /** Waits for the process and ends as it ends. */
  child: ChildProcess;
  /** Undefined when the process has ended already. */
  identity: ProcessIdentity | undefined;
}

/** Words that become a program for which HOST_DIR is `runDir`, in a mount namespace of its own. */
export function inHostDir(runDir: string, program: readonly string[]): string[] {
  return [LAUNCHER, 'enter', runDir, HOST_DIR, ...program];
}

/** Makes the mount point, once for the machine. */
export async function makeHostDir(): Promise<void> {
  await mkdir(HOST_DIR, { recursive: true, mode: 0o700 });
}

/** Starts `node ENTRY HOST_DIR/<id>.json`; the manifest is that file in its own run directory. */
export async function launchInstance(
  entry: string,
  manifestPath: string,
  launch: string,
): Promise<Launched> {
  const program = [process.execPath, entry, join(HOST_DIR, basename(manifestPath))];
  return launchProgram(dirname(manifestPath), program, launch);
}

/** INSTANCE_FAILED when no process can be started. `launch` is all of its environment. */
export async function launchProgram(
  runDir: string,
  program: readonly string[],
  launch: string,
): Promise<Launched> {
  const child = spawn(LAUNCHER, ['start', runDir, HOST_DIR, ...program], {
    cwd: '/',
    detached: true,
    env: { [LAUNCH_VARIABLE]: launch },
    stdio: 'ignore',
  });
  child.unref();
  const { pid } = child;
  if (pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw new ProblemError('INSTANCE_FAILED', `no process could be started: ${error.message}`);
  }
  return { child, identity: await instanceOf(child, pid) };
}

/** The launcher's child is process 1 of the namespace; its child is the instance. */
async function instanceOf(child: ChildProcess, pid: number): Promise<ProcessIdentity | undefined> {
  while (child.exitCode === null && child.signalCode === null) {
    const first = childOf(pid);
    const instance = first === undefined ? undefined : childOf(first.pid);
    if (instance !== undefined) return instance;
    await delay(POLL_MS);
  }
  return undefined;
}
