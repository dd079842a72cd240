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
import { letGo } from './checkpoint/run.js';
import { ProblemError } from './instance/problem.js';
import { LAUNCH_VARIABLE } from './instance/protocol.js';
import { childOf, HOST_DIR, type ProcessIdentity } from './process.js';

/** native/launch/ferry_launch.cpp; the compiled TypeScript is in dist/vnf-host/. */
const LAUNCHER = fileURLToPath(new URL('../../native/build/Release/ferry-launch', import.meta.url));
const POLL_MS = 1;

export interface Launched {
  /** Waits for the process and ends as it ends. */
  child: ChildProcess;
  /** Undefined when the process has ended already. */
  identity: ProcessIdentity | undefined;
}

/** What a program is given beyond a process and mount namespace. */
export interface OwnSpace {
  env: Readonly<Record<string, string>>;
  /** Of ferry-launch; `--network` among them. */
  options: readonly string[];
  /** Sets up the network of process `pid` before the program begins. */
  ready: (pid: number) => Promise<void>;
}

/** Words that become a program for which HOST_DIR is `runDir`, in a mount namespace of its own. */
export function inHostDir(
  runDir: string,
  program: readonly string[],
  options: readonly string[] = [],
): string[] {
  return [LAUNCHER, ...options, 'enter', runDir, HOST_DIR, ...program];
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

/** INSTANCE_FAILED when no process can be started. `launch` and `own.env` are its environment. */
export async function launchProgram(
  runDir: string,
  program: readonly string[],
  launch: string,
  own?: OwnSpace,
): Promise<Launched> {
  const words = [...(own?.options ?? []), 'start', runDir, HOST_DIR, ...program];
  const child = spawn(LAUNCHER, words, {
    cwd: '/',
    detached: true,
    env: { ...own?.env, [LAUNCH_VARIABLE]: launch },
    stdio: own === undefined ? 'ignore' : ['pipe', 'pipe', 'ignore'],
  });
  child.unref();
  const { pid } = child;
  if (pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw new ProblemError('INSTANCE_FAILED', `no process could be started: ${error.message}`);
  }
  if (own !== undefined) await readyFor(child, own);
  return { child, identity: await instanceOf(child, pid) };
}

/** Resolves once the program has been let go, or has ended before. */
async function readyFor(child: ChildProcess, own: OwnSpace): Promise<void> {
  const asked = new Promise<boolean>((resolve) => {
    child.stdout?.once('data', () => resolve(true));
    child.once('exit', () => resolve(false));
  });
  if (await asked) await letGo(child, own.ready);
  child.stdout?.destroy();
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
