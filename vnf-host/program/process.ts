/** One living program, started, restored or adopted: it knows nothing of its agent. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceStats } from '../../sdn-app/contract/instance.js';
import type { Exit } from '../exit.js';
import { ProblemError } from '../instance/problem.js';
import type { ControlCall, JsonValue } from '../instance/protocol.js';
import { exitOf, type LivingProcess } from '../living.js';
import { isAlive, signalProcess, stateOf, type ProcessIdentity } from '../process.js';
import { portInterface } from './network.js';

/** A program that lives so long, and then waits for something, has taken its options. */
const SETTLED_MS = 150;
/** One that still works then is taken to have. */
const SETTLED_MOST_MS = 2000;
const SETTLED_POLL_MS = 50;
const POLL_MS = 250;
/** One that a signal has stopped, and that is found so as often in a row, serves nobody. */
const STOPPED_LOOKS = 6;
const KILL_AFTER_MS = 3000;
const GONE_AFTER_MS = 5000;

export class ProgramProcess implements LivingProcess {
  readonly identity: ProcessIdentity;
  readonly ended: Promise<Exit>;
  readonly greeted: Promise<void>;
  readonly #portNames: readonly string[];
  readonly #watch: NodeJS.Timeout;
  #released = false;
  #busy = false;

  /** `gone` resolves early, when its guard sees its end; `stands` is told for how long it has stood. */
  constructor(
    identity: ProcessIdentity,
    child: ChildProcess | undefined,
    gone: Promise<void>,
    portNames: readonly string[],
    stands: (ms: number) => void,
  ) {
    this.identity = identity;
    this.#portNames = portNames;
    this.ended = child === undefined ? this.#awaitEnd(gone) : this.#awaitExit(child, gone);
    const settled = child === undefined ? Promise.resolve() : this.#settles();
    this.greeted = Promise.race([
      settled,
      this.ended.then(() => {
        throw new ProblemError('INSTANCE_FAILED', 'the program ended at once');
      }),
    ]);
    this.greeted.catch(() => undefined);
    this.#watch = this.#watchForStop(stands);
    void this.ended.then(() => clearInterval(this.#watch));
  }

  call(call: ControlCall): Promise<JsonValue> {
    if (call.method === 'stats') return Promise.resolve(this.#stats());
    const text = `a program takes no call ${call.method}`;
    return Promise.reject(new ProblemError('INSTANCE_STATE', text));
  }

  async withoutLink<T>(task: () => Promise<T>): Promise<T> {
    if (this.#busy) {
      throw new ProblemError('INSTANCE_STATE', 'a checkpoint of it is being taken already');
    }
    this.#busy = true;
    try {
      return await task();
    } finally {
      this.#busy = false;
    }
  }

  /** Its connections would be lost: a restore on another host keeps them. */
  freeze<T>(): Promise<T> {
    const text = 'a program is moved by a restore on another host';
    return Promise.reject(new ProblemError('INSTANCE_STATE', text));
  }

  thaw(): Promise<void> {
    return Promise.resolve();
  }

  async end(abruptly = false): Promise<void> {
    if (!abruptly) {
      signalProcess(this.identity, 'SIGTERM');
      if (await this.#endsWithin(KILL_AFTER_MS)) return;
    }
    signalProcess(this.identity, 'SIGKILL');
    if (await this.#endsWithin(GONE_AFTER_MS)) return;
    throw new ProblemError('INTERNAL', `process ${this.identity.pid} does not end after SIGKILL`);
  }

  release(): void {
    this.#released = true;
    clearInterval(this.#watch);
  }

  /** On a busy machine it may not even have begun after SETTLED_MS. */
  async #settles(): Promise<void> {
    const deadline = performance.now() + SETTLED_MOST_MS;
    await delay(SETTLED_MS);
    while (stateOf(this.identity) !== 'S' && performance.now() < deadline) {
      await delay(SETTLED_POLL_MS);
    }
  }

  /** Looks are counted, not time: this agent may have stood still itself. */
  #watchForStop(stands: (ms: number) => void): NodeJS.Timeout {
    let looks = 0;
    const timer = setInterval(() => {
      // criu makes it stand too.
      const isStopped = !this.#busy && stateOf(this.identity) === 'T';
      looks = isStopped ? looks + 1 : 0;
      if (looks > 0 && looks % STOPPED_LOOKS === 0) stands(looks * POLL_MS);
    }, POLL_MS);
    return timer.unref();
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const abort = new AbortController();
    const timeout = delay(ms, false, { signal: abort.signal }).catch(() => false);
    const result = await Promise.race([this.ended.then(() => true), timeout]);
    abort.abort();
    return result;
  }

  async #awaitExit(child: ChildProcess, gone: Promise<void>): Promise<Exit> {
    const exit = await exitOf(child);
    // The launcher ends as the program does; killed itself, it tells nothing.
    return isAlive(this.identity) ? this.#awaitEnd(gone) : exit;
  }

  async #awaitEnd(gone: Promise<void>): Promise<Exit> {
    while (isAlive(this.identity)) {
      if (this.#released) return new Promise<Exit>(() => undefined);
      await Promise.race([gone, delay(POLL_MS, undefined, { ref: false })]);
      // Its guard hears of it a moment before the process has gone.
      if (isAlive(this.identity)) await delay(1);
    }
    return { code: null, signal: null };
  }

  #stats(): JsonValue {
    const none = { snapshotBytes: 0, snapshotEntries: 0, statelets: 0, stateletBytes: 0 };
    const volume = { dataplaneBytes: 0, dataplanePackets: 0, lagBytes: 0 };
    const holding = { heldPackets: 0, heldPeakPackets: 0, stragglers: 0 };
    const stats: InstanceStats = {
      mode: 'serving',
      entries: 0,
      counters: this.#counters(),
      sync: {
        ...{ phase: 'none', ...none, ...volume, ...holding },
        ...{ markerTimeouts: 0, reconnects: 0 },
      },
    };
    return stats;
  }

  /** Of its interfaces: what the kernel has counted. */
  #counters(): Record<string, number> {
    const counters: Record<string, number> = {};
    const text = readFileSync(`/proc/${this.identity.pid}/net/dev`, 'utf8');
    for (const [index, port] of this.#portNames.entries()) {
      const name = portInterface(index);
      const line = text.split('\n').find((each) => each.trim().startsWith(`${name}:`));
      const fields = line?.split(':')[1]?.trim().split(/\s+/).map(Number) ?? [];
      counters[`${port}.rxBytes`] = fields[0] ?? 0;
      counters[`${port}.rxPackets`] = fields[1] ?? 0;
      counters[`${port}.txBytes`] = fields[8] ?? 0;
      counters[`${port}.txPackets`] = fields[9] ?? 0;
    }
    return counters;
  }
}
