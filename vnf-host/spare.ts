/**
 * One process kept ready to become an instance: the start of a process is most of the time that a
 * migration prepares, and of the time that a recovery takes. It is made when nothing hurries, at the
 * lowest priority, and ends with its agent.
 */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { launchProgram } from './launch.js';
import type { Log } from './log.js';
import { newLaunch } from './manifest.js';
import { HOST_DIR, isAlive, signalProcess, type ProcessIdentity } from './process.js';

const SPARE_ENTRY = fileURLToPath(new URL('./instance/spare.js', import.meta.url));
/** After one was taken something hurries: mostly it is over by then, and the next one may come. */
const REPLACE_MS = 4_000;
const CONNECT_POLL_MS = 50;
const CONNECT_TRIES = 200;

export interface SpareProcess {
  /** Token of its start: the manifest that it is given has to record it. */
  launch: string;
  identity: ProcessIdentity;
  child: ChildProcess;
}

interface Waiting extends SpareProcess {
  agent: Socket;
}

export class Spare {
  readonly #runDir: string;
  /** Module that an instance process runs. */
  readonly #entry: string;
  readonly #log: Log;
  #waiting: Waiting | undefined;
  #starting: ProcessIdentity | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(runDir: string, entry: string, log: Log) {
    this.#runDir = runDir;
    this.#entry = entry;
    this.#log = log;
  }

  /** Makes one in the background. */
  prepare(afterMs = 0): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#make().catch((error: unknown) => this.#log('warn', `no spare: ${String(error)}`));
    }, afterMs);
    this.#timer.unref();
  }

  /** The process that waits, if there is one: from now on it is the caller's, until `become`. */
  take(): (SpareProcess & { become: (manifestPath: string) => void }) | undefined {
    const spare = this.#waiting;
    this.#waiting = undefined;
    if (spare === undefined) return undefined;
    this.prepare(REPLACE_MS);
    if (spare.agent.destroyed || !isAlive(spare.identity)) return undefined;
    setSessionNice(spare.identity.pid, 0);
    return {
      ...spare,
      become: (path) => spare.agent.end(`${join(HOST_DIR, basename(path))}\n`),
    };
  }

  /** The process that nobody has spoken to yet. */
  get starting(): ProcessIdentity | undefined {
    return this.#starting;
  }

  /** Ends the one that waits. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#waiting?.agent.destroy();
    this.#waiting = undefined;
    if (this.#starting !== undefined) signalProcess(this.#starting, 'SIGKILL');
  }

  async #make(): Promise<void> {
    const launch = newLaunch();
    // Abstract: no file that could be left behind.
    const name = `ferry-spare-${launch}`;
    const program = [process.execPath, SPARE_ENTRY, name, this.#entry];
    const { child, identity } = await launchProgram(this.#runDir, program, launch);
    if (identity === undefined) throw new Error('its process ended at once');
    setSessionNice(identity.pid, 19);
    this.#starting = identity;
    const agent = await connectTo(`\0${name}`, () => isAlive(identity) && !this.#closed);
    this.#starting = undefined;
    if (agent === undefined || this.#closed) {
      agent?.destroy();
      signalProcess(identity, 'SIGKILL');
      this.prepare(REPLACE_MS);
      return;
    }
    this.#waiting = { launch, identity, child, agent };
    agent.on('close', () => {
      if (this.#waiting?.agent !== agent) return;
      this.#waiting = undefined;
      this.prepare(REPLACE_MS);
    });
  }
}

async function connectTo(path: string, worthwhile: () => boolean): Promise<Socket | undefined> {
  for (let i = 0; i < CONNECT_TRIES && worthwhile(); ++i) {
    const socket = connect(path);
    socket.unref();
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.on('error', () => undefined);
    if (connected) return socket;
    await delay(CONNECT_POLL_MS, undefined, { ref: false });
  }
  return undefined;
}

/** Of its whole session, where the kernel schedules by session (sched_autogroup). */
function setSessionNice(pid: number, nice: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // A kernel without it, or a process that has ended.
  }
}
