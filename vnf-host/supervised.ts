/** One instance of this host across its processes: record on disk, start, adoption, restart, end. */
import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { RunningInstance } from '../sdn-app/contract/agent.js';
import type { CheckpointInfo, ConnectionStanding } from '../sdn-app/contract/checkpoint.js';
import { messageOf } from '../sdn-app/contract/errors.js';
import {
  instanceStats,
  type InstanceCall,
  type InstanceEvent,
  type InstanceSpec,
} from '../sdn-app/contract/instance.js';
import type { After, Checkpoints, RestoredInstance } from './checkpoint/checkpoints.js';
import { describeExit, readReport, type Exit } from './exit.js';
import { ProblemError } from './instance/problem.js';
import type { JsonValue } from './instance/protocol.js';
import type { LivingProcess } from './living.js';
import {
  instanceFiles,
  newLaunch,
  newManifest,
  type InstanceFiles,
  type Manifest,
} from './manifest.js';
import { InstanceRecord } from './record.js';
import { RestartDelay } from './restart-delay.js';
import { findLaunched, isAlive, isDying, stateOf, type ProcessIdentity } from './process.js';
import { runnerOf, type Runner } from './runner.js';
import { serveRestored } from './serve-restored.js';
import type { Surroundings } from './surroundings.js';

/** A process that has not greeted by then is taken for stuck and ended. */
const START_MS = 10_000;
/** Shorter than the controller's own bound, so that it hears the agent's reason. */
const CALL_MS = 4000;
/** How long an adopted instance may take to greet before the controller is told without it. */
const ADOPT_MS = 1000;
const STATS_MS = 500;
export class SupervisedInstance {
  readonly #around: Surroundings;
  readonly #files: InstanceFiles;
  readonly #record: InstanceRecord;
  readonly #runner: Runner;
  #process: LivingProcess | undefined;
  readonly #restartDelay = new RestartDelay();
  #restartTimer: NodeJS.Timeout | undefined;
  /** The process that is known to be ending. */
  #dying: ProcessIdentity | undefined;

  constructor(manifest: Manifest, around: Surroundings, runner = runnerOf(manifest, around)) {
    this.#around = around;
    this.#files = instanceFiles(around.runDir, manifest.spec.id);
    this.#record = new InstanceRecord(manifest, this.#files);
    this.#runner = runner;
  }

  static fresh(spec: InstanceSpec, around: Surroundings, runner?: Runner): SupervisedInstance {
    return new SupervisedInstance(newManifest(spec), around, runner);
  }

  get id(): string {
    return this.#record.now.spec.id;
  }

  /** Undefined while no process runs. */
  get pid(): number | undefined {
    return this.#process?.identity.pid;
  }

  isOf(spec: InstanceSpec): boolean {
    return isDeepStrictEqual(this.#record.now.spec, spec);
  }

  /** Resolves when the instance is ready; when it cannot start, nothing of it is left. */
  async start(): Promise<void> {
    try {
      await this.#launch();
    } catch (error) {
      await this.#remove();
      throw error;
    }
  }

  /** Like start(), from a checkpoint of it. */
  async restore(
    from: Pick<Checkpoints, 'restore'>,
    id: string | undefined,
    connections: readonly ConnectionStanding[],
  ): Promise<RestoredInstance> {
    try {
      await rm(this.#files.error, { force: true });
      await rm(this.#files.socket, { force: true });
      const { spec } = this.#record.now;
      const ways = this.#runner.ways(connections);
      const restored = await from.restore(spec, id, ways, (restoring) =>
        this.#record.update({ ...restoring, process: null }),
      );
      await this.#begin(this.#watch(restored.identity, undefined));
      if (spec.role === 'serving') await serveRestored(this.#current());
      return restored;
    } catch (error) {
      await this.#remove();
      throw error;
    }
  }

  /** The instance goes on, whatever becomes of it; or it `stands` still, unless this rejects. */
  async checkpoint(checkpoints: Checkpoints, keep: number, after: After): Promise<CheckpointInfo> {
    const process = this.#current();
    const subject = {
      manifest: this.#record.now,
      identity: process.identity,
      connections: this.#runner.connections,
      directory: this.#runner.directory,
      withoutLink: <T>(task: () => Promise<T>) =>
        after === 'stands' ? process.freeze(task) : process.withoutLink(task),
    };
    return checkpoints.take(subject, keep, after).catch(async (error: unknown) => {
      // The dump may have succeeded, and its file not.
      if (after === 'stands') await process.thaw();
      throw error;
    });
  }

  /** To be called often while somebody waits for the news: the kernel knows of a death first. */
  lookForDeath(): void {
    const process = this.#process;
    if (process === undefined || this.#record.now.role !== 'serving') return;
    if (isDying(process.identity)) this.#tellDying(process.identity);
  }

  /** Lets it go on; also when an earlier agent has frozen it. */
  async thaw(): Promise<void> {
    await this.#current().thaw();
  }

  #current(): LivingProcess {
    if (this.#process !== undefined) return this.#process;
    throw new ProblemError('INSTANCE_STATE', `${this.id} is being started again`);
  }

  /** State of its process as in proc(5). */
  examine(): string {
    const state = this.#process === undefined ? undefined : stateOf(this.#process.identity);
    if (state !== undefined) return state;
    throw new ProblemError('INSTANCE_FAILED', `${this.id} has ended`);
  }

  /** Resolves with the pid once the process has greeted; rejects while there is none. */
  async ready(): Promise<number> {
    const process = this.#current();
    await this.#awaitGreeting(process);
    return process.identity.pid;
  }

  /** Takes over from an earlier agent: watches what lives, settles what has ended. */
  async adopt(): Promise<void> {
    const identity = this.#livingProcess();
    if (this.#record.now.wanted === 'stopped') {
      if (identity !== undefined) this.#process = this.#watch(identity, undefined);
      await this.stop();
      return;
    }
    if (identity === undefined) {
      await this.#afterEnd({ code: null, signal: null });
      return;
    }
    await this.#record.update({ process: identity });
    const process = this.#watch(identity, undefined);
    this.#settle(process);
    this.#around.log('info', `${this.id}: adopted process ${identity.pid}`);
    const greeted = process.greeted.catch(() => undefined);
    await Promise.race([greeted, delay(ADOPT_MS, undefined, { ref: false })]);
  }

  async call(call: InstanceCall): Promise<JsonValue> {
    if (this.#process === undefined) {
      throw new ProblemError('INSTANCE_FAILED', `${this.id} has ended and is being started again`);
    }
    const value = await this.#process.call(call, CALL_MS);
    this.#restartDelay.called(call.method);
    if (call.method === 'resume') this.#become('serving');
    return value;
  }

  /** Ends the process, if there is one, and removes every trace. */
  async stop(abruptly = false): Promise<void> {
    clearTimeout(this.#restartTimer);
    await this.#record.update({ wanted: 'stopped' }).catch((error: unknown) => {
      this.#saveFailed(error);
    });
    const process = this.#process;
    if (process !== undefined) {
      await process.end(abruptly);
      this.#process = undefined;
    }
    await this.#remove();
  }

  /** Stops watching; the instance goes on. */
  release(): void {
    clearTimeout(this.#restartTimer);
    this.#process?.release();
  }

  /** Where the connections of a program that has ended stood. */
  get standings(): ConnectionStanding[] {
    return this.#runner.standings();
  }

  /** Undefined while no process runs. */
  async describe(): Promise<RunningInstance | undefined> {
    const process = this.#process;
    if (process === undefined) return undefined;
    const described = {
      id: this.id,
      vnf: this.#record.now.spec.vnf,
      pid: process.identity.pid,
      missed: [],
    };
    try {
      const stats = instanceStats.parse(await process.call({ method: 'stats' }, STATS_MS));
      return { ...described, stats };
    } catch {
      // It may have ended while it was asked; then it is not running.
      return this.#process === process ? described : undefined;
    }
  }

  async #launch(): Promise<void> {
    await rm(this.#files.error, { force: true });
    const spare = this.#runner.takesSpare ? this.#around.spare.take() : undefined;
    if (spare !== undefined) {
      const { launch, identity, child } = spare;
      await this.#record.update({ launch, process: identity });
      spare.become(this.#files.manifest);
      await this.#begin(this.#watch(identity, child), Promise.resolve());
      return;
    }
    const launch = newLaunch();
    await this.#record.update({ launch, process: null });
    const { child, identity: living } = await this.#runner.launch(launch);
    // When it has ended already, its exit settles it.
    const identity = living ?? { pid: child.pid ?? 0, startTicks: 0 };
    await this.#begin(this.#watch(identity, child));
  }

  /** Resolves when a new process is recorded and ready; when not, it is gone. */
  async #begin(
    process: LivingProcess,
    recorded = this.#record.update({ process: process.identity }),
  ): Promise<void> {
    try {
      await Promise.all([recorded, this.#awaitGreeting(process)]);
    } catch (error) {
      // Without a record it must not live on.
      await process.end();
      throw error;
    }
    this.#settle(process);
  }

  async #awaitGreeting(process: LivingProcess): Promise<void> {
    const timeout = new AbortController();
    const stuck = delay(START_MS, true, { signal: timeout.signal }).catch(() => false);
    const ready = process.greeted.then(
      () => false,
      async () => {
        throw await this.#startFault(await process.ended);
      },
    );
    try {
      if (!(await Promise.race([ready, stuck]))) return;
    } finally {
      timeout.abort();
    }
    await process.end();
    throw new ProblemError('INSTANCE_FAILED', `${this.id} was not ready within ${START_MS} ms`);
  }

  /** What the process said of its own failure, or else how it ended. */
  async #startFault(exit: Exit): Promise<ProblemError> {
    const said = await this.#runner.lastWords();
    const how = `${this.id} did not start: ${describeExit(exit)}${said && `: ${said}`}`;
    return (await readReport(this.#files.error)) ?? new ProblemError('INSTANCE_FAILED', how);
  }

  #livingProcess(): ProcessIdentity | undefined {
    const recorded = this.#record.now.process;
    // No pid: the earlier agent was killed between the start and its record.
    if (recorded === null) return findLaunched(this.#record.now.launch, this.#around.runDir);
    return isAlive(recorded) ? recorded : undefined;
  }

  #watch(identity: ProcessIdentity, child: ChildProcess | undefined): LivingProcess {
    return this.#runner.watch(identity, child, {
      hello: ({ mode }) => {
        this.#around.deaths.watch(identity, () => {
          if (this.#record.now.role === 'serving') this.#tellDying(identity);
        });
        if (mode !== 'stopped') this.#become(mode === 'serving' ? 'serving' : 'standby');
      },
      event: (event) => this.#onEvent(event),
      dying: () => this.#tellDying(identity),
    });
  }

  /** Once for each process, and only of one whose end is not asked for. */
  #tellDying(identity: ProcessIdentity): void {
    if (this.#process?.identity !== identity || this.#record.now.wanted !== 'running') return;
    if (this.#dying === identity) return;
    this.#dying = identity;
    this.#around.report({ type: 'instanceDying', instance: this.id });
  }

  /** From here on the process is the instance's, and its end is answered. */
  #settle(process: LivingProcess): void {
    this.#process = process;
    this.#restartDelay.started();
    void process.ended.then((exit) => {
      if (this.#process !== process || this.#record.now.wanted === 'stopped') return;
      this.#process = undefined;
      this.#restartDelay.ended();
      void this.#afterEnd(exit);
    });
  }

  #onEvent(event: InstanceEvent): void {
    this.#around.report({ type: 'instanceEvent', instance: this.id, event });
    if (event.type === 'serving') this.#become('serving');
    // It handed over: started again it must not speak beside its successor.
    if (event.type === 'ended') this.#become('standby');
  }

  #become(role: Manifest['role']): void {
    if (this.#record.now.role === role) return;
    this.#record.update({ role }).catch((error: unknown) => {
      this.#saveFailed(error);
    });
  }

  #saveFailed(error: unknown): void {
    this.#around.log('error', `${this.id}: ${this.#files.manifest} not written: ${String(error)}`);
  }

  async #afterEnd(exit: Exit): Promise<void> {
    const problem = await readReport(this.#files.error);
    const said = problem === undefined ? '' : `: ${problem.code} ${problem.message}`;
    const restarting = this.#record.now.role === 'serving';
    this.#reportEnd(exit, `${describeExit(exit)}${said}`, restarting);
    if (restarting) {
      this.#scheduleRestart();
      return;
    }
    this.#around.enqueue(this.id, async () => {
      await this.#remove();
      this.#around.forget(this);
    });
  }

  async #remove(): Promise<void> {
    await this.#runner.clean();
    await this.#record.remove();
  }

  #reportEnd(exit: Exit, how: string, restarting: boolean): void {
    const reason = restarting ? `${how}; its state is lost, it starts again empty` : how;
    this.#around.log('warn', `${this.id}: ${reason}`);
    this.#around.report({ type: 'instanceExited', instance: this.id, ...exit, reason, restarting });
  }

  #scheduleRestart(): void {
    if (this.#record.now.wanted === 'stopped') return;
    this.#restartTimer = setTimeout(
      () => {
        this.#around.enqueue(this.id, () => this.#restart());
      },
      this.#restartDelay.next(this.#record.now.spec.restartAfterMs ?? 0),
    );
  }

  async #restart(): Promise<void> {
    if (this.#record.now.wanted === 'stopped' || this.#process !== undefined) return;
    try {
      await this.#launch();
    } catch (error) {
      const fault = messageOf(error);
      this.#reportEnd({ code: null, signal: null }, `could not be started: ${fault}`, true);
      this.#scheduleRestart();
      return;
    }
    const pid = this.pid;
    if (pid === undefined) return;
    this.#around.log('info', `${this.id}: started again as process ${pid}`);
    this.#around.report({ type: 'instanceRestarted', instance: this.id, pid });
  }
}
