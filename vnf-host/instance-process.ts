/** One living instance process, started or adopted: its control link, its calls, its end. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { continueTree } from './checkpoint/tree.js';
import type { Exit } from './exit.js';
import { InstanceLink } from './instance-link.js';
import { ProblemError } from './instance/problem.js';
import type { ControlCall, JsonValue } from './instance/protocol.js';
import { exitOf, type LivingProcess, type ProcessHandlers } from './living.js';
import { isAlive, isDying, parentOf, signalProcess, type ProcessIdentity } from './process.js';

/** How often a link is tried: while the process starts, and after its link was lost. */
const START_POLL_MS = 4;
const RELINK_POLL_MS = 50;
/** Longer than the machine may stall: a greeting given up on takes kept events with it. */
const GREETING_MS = 5000;
/** What the instance wrote before it died may still be on its way when the kernel reports its end. */
const DRAIN_MS = 500;
const STOP_CALL_MS = 1000;
const UNLINK_MS = 4000;
/** How long a call waits for the link after a checkpoint. */
const RELINK_MS = 2000;
const TERM_AFTER_MS = 300;
const KILL_AFTER_MS = 2000;
const GONE_AFTER_MS = 5000;

export class InstanceProcess implements LivingProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process has ended and its last event has been handed over. */
  readonly ended: Promise<Exit>;
  /** Resolves at the first greeting; rejects when the process ends before it. */
  readonly greeted: Promise<void>;
  readonly #socketPath: string;
  readonly #handlers: ProcessHandlers;
  #link: InstanceLink | undefined;
  #linkClosed: Promise<void> = Promise.resolve();
  #released = false;
  /** Settles when a checkpoint is over and the link is back, or has had its time. */
  #unlinked: Promise<void> | undefined;
  #onGreeted: () => void = () => undefined;
  /** What a new link waits for. */
  #pause: Promise<void> = Promise.resolve();
  #onRelinked: () => void = () => undefined;
  #frozen = false;
  /** What a thaw does for the link, when it was this agent that froze the process. */
  #relink: (() => Promise<void>) | undefined;

  /** `child` is given for a process that this agent started itself. */
  constructor(
    identity: ProcessIdentity,
    child: ChildProcess | undefined,
    socketPath: string,
    handlers: ProcessHandlers,
  ) {
    this.identity = identity;
    this.#socketPath = socketPath;
    this.#handlers = handlers;
    const first = new Promise<void>((resolve) => {
      this.#onGreeted = resolve;
    });
    const linking = this.#keepLinked();
    this.ended = this.#awaitEnd(child, linking);
    this.greeted = Promise.race([
      first,
      this.ended.then(() => {
        throw new ProblemError('INSTANCE_FAILED', 'the process ended before it was ready');
      }),
    ]);
    // Whoever waits for it hears of it; when nobody does, that is no unhandled rejection.
    this.greeted.catch(() => undefined);
  }

  /**
   * Rejects with the instance's problem, AGENT_TIMEOUT, or INSTANCE_FAILED while there is no link. A
   * call during a checkpoint waits until it is over.
   */
  async call(call: ControlCall, timeoutMs: number): Promise<JsonValue> {
    if (this.#frozen) throw new ProblemError('INSTANCE_STATE', 'the instance is frozen');
    if (this.#unlinked !== undefined) await this.#unlinked;
    if (this.#link === undefined) {
      throw new ProblemError('INSTANCE_FAILED', 'the instance does not answer at present');
    }
    return this.#link.call(call, timeoutMs);
  }

  /**
   * Runs a task while the instance has no connection to this agent. Rejects with INSTANCE_STATE when
   * another one runs, or as call() does.
   */
  async withoutLink<T>(task: () => Promise<T>): Promise<T> {
    const relink = await this.#unlink();
    try {
      return await task();
    } finally {
      await relink();
    }
  }

  /**
   * Runs a task that leaves the process standing still: until thaw() every call rejects with
   * INSTANCE_STATE. When the task rejects, the process goes on.
   */
  async freeze<T>(task: () => Promise<T>): Promise<T> {
    const relink = await this.#unlink();
    this.#frozen = true;
    try {
      const result = await task();
      this.#relink = relink;
      return result;
    } catch (error) {
      this.#frozen = false;
      await relink();
      throw error;
    }
  }

  /** Lets the process go on, whoever has made it stand still. */
  async thaw(): Promise<void> {
    const root = parentOf(this.identity);
    if (root !== undefined) continueTree(root);
    this.#frozen = false;
    await this.#relink?.();
    this.#relink = undefined;
  }

  /** Resolves, once the connection is closed, with what brings it back; rejects when it is not. */
  async #unlink(): Promise<() => Promise<void>> {
    if (this.#unlinked !== undefined) {
      throw new ProblemError('INSTANCE_STATE', 'a checkpoint of it is being taken already');
    }
    const asked = this.call({ method: 'unlink' }, UNLINK_MS);
    let over: () => void = () => undefined;
    this.#pause = new Promise((resolve) => (over = resolve));
    const relinked = new Promise<void>((resolve) => (this.#onRelinked = resolve));
    this.#unlinked = Promise.race([
      this.#pause.then(() => relinked),
      this.ended.then(() => undefined),
    ]);
    const relink = async () => {
      over();
      await Promise.race([this.#unlinked, delay(RELINK_MS, undefined, { ref: false })]);
      this.#unlinked = undefined;
      this.#pause = Promise.resolve();
    };
    try {
      await asked;
      await this.#linkClosed;
      return relink;
    } catch (error) {
      await relink();
      throw error;
    }
  }

  /**
   * Asks, then SIGTERM, then SIGKILL after 2 s, or at once, as one that is frozen; resolves when the
   * process is gone.
   */
  async end(abruptly = false): Promise<void> {
    const began = performance.now();
    const within = (ms: number) => this.#endsWithin(ms - (performance.now() - began));
    if (!abruptly && !this.#frozen && (await this.#endsWhenAsked(within))) return;
    this.#kill();
    if (await within(KILL_AFTER_MS + GONE_AFTER_MS)) return;
    throw new ProblemError('INTERNAL', `process ${this.identity.pid} does not end after SIGKILL`);
  }

  async #endsWhenAsked(within: (ms: number) => Promise<boolean>): Promise<boolean> {
    try {
      await this.call({ method: 'stop' }, STOP_CALL_MS);
      if (await within(TERM_AFTER_MS)) return true;
    } catch {
      // It does not listen: signals do.
    }
    signalProcess(this.identity, 'SIGTERM');
    return within(KILL_AFTER_MS);
  }

  #kill(): void {
    const root = parentOf(this.identity);
    signalProcess(this.identity, 'SIGKILL');
    // Frozen with it, its parent could not see that it ends.
    if (root !== undefined) continueTree(root);
    void this.#relink?.();
  }

  /** Lets go of the process without ending it: this agent stops watching. */
  release(): void {
    this.#released = true;
    this.#link?.close();
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const abort = new AbortController();
    const timeout = delay(Math.max(ms, 0), false, { signal: abort.signal }).catch(() => false);
    const result = await Promise.race([this.ended.then(() => true), timeout]);
    abort.abort();
    return result;
  }

  async #awaitEnd(child: ChildProcess | undefined, linking: Promise<void>): Promise<Exit> {
    if (child === undefined) {
      await linking;
      // A released process is not watched any more: its end is another agent's to tell.
      if (this.#released) return new Promise<Exit>(() => undefined);
      return { code: null, signal: null };
    }
    const exit = await exitOf(child);
    // It waits for the instance and ends as that ends; killed itself, it tells nothing.
    if (isAlive(this.identity)) return this.#awaitEnd(undefined, linking);
    await Promise.race([this.#linkClosed, delay(DRAIN_MS, undefined, { ref: false })]);
    return exit;
  }

  /** Ends when the process has ended, or was released. */
  async #keepLinked(): Promise<void> {
    let poll = START_POLL_MS;
    while (!this.#released) {
      await this.#pause;
      if (await this.#linkOnce()) {
        this.#onRelinked();
        poll = RELINK_POLL_MS;
        await this.#linkClosed;
        this.#link = undefined;
        if (isDying(this.identity)) this.#handlers.dying();
      }
      if (!isAlive(this.identity)) return;
      await delay(poll);
    }
  }

  /** False when no link could be made. */
  async #linkOnce(): Promise<boolean> {
    let onClosed: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    try {
      const { link, hello } = await InstanceLink.open(this.#socketPath, GREETING_MS, {
        event: (event) => this.#handlers.event(event),
        closed: () => onClosed(),
      });
      // The socket of an earlier process may still be there while this one starts.
      if (hello.pid !== this.identity.pid || this.#released) {
        link.close();
        return false;
      }
      this.#link = link;
      this.#linkClosed = closed;
      this.#handlers.hello(hello);
      this.#onGreeted();
      return true;
    } catch {
      return false;
    }
  }
}
