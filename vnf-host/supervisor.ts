/** Every instance of this host: starts, adopts, calls and ends them, and reports what they do. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentRequest, RunningInstance } from '../sdn-app/contract/agent.js';
import {
  MAX_STANDINGS,
  type ConnectionStanding,
  type RestoreAnswer,
  type StopAnswer,
} from '../sdn-app/contract/checkpoint.js';
import type { InstanceCall, InstanceSpec } from '../sdn-app/contract/instance.js';
import { FerryError } from '../sdn-app/contract/errors.js';
import { ProblemError } from './instance/problem.js';
import type { JsonValue } from './instance/protocol.js';
import { Checkpoints } from './checkpoint/checkpoints.js';
import { receiveCheckpoint, sendCheckpoint } from './checkpoint/transfer.js';
import { DeathWatch } from './death-watch.js';
import { makeHostDir } from './launch.js';
import type { Log } from './log.js';
import { readManifests } from './manifest.js';
import { ReadyStandbys } from './ready-standbys.js';
import { checkSpecification } from './specification.js';
import { Spare } from './spare.js';
import { SupervisedInstance } from './supervised.js';
import type { Surroundings, SupervisorEvent } from './surroundings.js';

/** Bound of the instances on one host, so that a hello always fits into one message. */
const MAX_INSTANCES = 64;

export interface SupervisorOptions {
  /** Name of this host in the topology. */
  host: string;
  runDir: string;
  /** Module that an instance process runs. */
  entry: string;
  log: Log;
  report: (event: SupervisorEvent) => void;
}

export class Supervisor {
  readonly #around: Surroundings;
  readonly #checkpoints: Checkpoints;
  readonly #deaths: DeathWatch;
  readonly #ready: ReadyStandbys;
  readonly #instances = new Map<string, SupervisedInstance>();
  /** Stopped, newest last: whoever asks again where their connections stood is told again. */
  readonly #stopped = new Map<string, SupervisedInstance>();
  /**
   * The last start or end of each instance: those of one run in order, of different ones in
   * parallel. Calls wait for them; among themselves the control socket keeps them in order, so
   * that calls to an instance that hangs do not hold up its end.
   */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(options: SupervisorOptions) {
    const { host, runDir, log } = options;
    const dir = join(runDir, 'checkpoints');
    this.#checkpoints = new Checkpoints({ host, runDir, dir, log });
    this.#deaths = new DeathWatch(log);
    this.#around = {
      ...options,
      spare: new Spare(runDir, options.entry, log),
      deaths: this.#deaths,
      enqueue: (id, task) => {
        void this.#inOrder(id, task).catch((error: unknown) => {
          options.log('error', `${id}: ${String(error)}`);
        });
      },
      forget: (instance) => {
        if (this.#instances.get(instance.id) === instance) this.#instances.delete(instance.id);
      },
    };
    this.#ready = new ReadyStandbys(this.#checkpoints, this.#around);
  }

  /** Makes the run directory if need be; throws CONFIG_INVALID when it cannot. */
  async prepare(): Promise<void> {
    try {
      await mkdir(this.#around.runDir, { recursive: true, mode: 0o700 });
      await makeHostDir();
    } catch (error) {
      throw new FerryError('CONFIG_INVALID', String(error), 'runDir');
    }
  }

  /** Takes over what an earlier agent left: living instances go on undisturbed. */
  async adoptAll(): Promise<void> {
    await this.#checkpoints.store.prepare();
    const { manifests, refused } = await readManifests(this.#around.runDir);
    for (const name of refused) {
      this.#around.log('error', `${name} in ${this.#around.runDir} is no manifest: left alone`);
    }
    const adoptions = manifests.map(async (manifest) => {
      const instance = new SupervisedInstance(manifest, this.#around);
      if (manifest.wanted === 'running') this.#instances.set(instance.id, instance);
      await this.#inOrder(instance.id, () => instance.adopt());
    });
    await Promise.all(adoptions);
    this.#around.spare.prepare();
  }

  /** Answers one request of the controller; rejects with a coded problem. */
  async handle(request: Exclude<AgentRequest, { method: 'setHeartbeat' }>): Promise<JsonValue> {
    switch (request.method) {
      case 'startInstance':
        return this.#inOrder(request.spec.id, () => this.#start(request.spec));
      case 'stopInstance':
        return this.#inOrder(request.instance, () => {
          return this.#stop(request.instance, request.abruptly === true);
        });
      case 'callInstance':
        return this.#call(request.instance, request.call);
      case 'listInstances':
        return (await this.list()) as unknown as JsonValue;
      case 'examineInstance':
        return { state: this.#running(request.instance).examine() };
      case 'checkpointInstance':
        // Not in the order of starts and ends: it holds calls up only while the instance stands still.
        await this.#last.get(request.instance);
        return this.#running(request.instance).checkpoint(
          this.#checkpoints,
          request.keep,
          'goesOn',
        );
      case 'freezeInstance':
        return this.#inOrder(request.instance, () => {
          const instance = this.#running(request.instance);
          return instance.checkpoint(this.#checkpoints, request.keep, 'stands');
        });
      case 'thawInstance':
        return this.#inOrder(request.instance, async () => {
          await this.#running(request.instance).thaw();
          return {};
        });
      case 'restoreInstance':
        return this.#inOrder(request.spec.id, () => {
          return this.#restore(request.spec, request.checkpoint, request.connections ?? []);
        });
      case 'readyCheckpoint': {
        const spec = checkSpecification(request.spec);
        return this.#inOrder(spec.id, async () => {
          if (this.#instances.has(spec.id)) throw exists(spec);
          await this.#inOrder(readying(spec), () => this.#ready.make(spec, request.checkpoint));
          return {};
        });
      }
      case 'dropReady':
        await this.#inOrder(readying(request), () => this.#ready.drop(request.vnf));
        return {};
      case 'listCheckpoints':
        return this.#checkpoints.store.list();
      case 'verifyCheckpoint':
        await this.#checkpoints.store.verify(request.checkpoint);
        return {};
      case 'receiveCheckpoint':
        return {
          port: await receiveCheckpoint(this.#checkpoints.store, request, this.#around.log),
        };
      case 'sendCheckpoint': {
        const { checkpoint: id, address, port, token } = request;
        return sendCheckpoint(this.#checkpoints.store, { id, address, port, token });
      }
    }
  }

  /** A look at the serving instances: the kernel knows of a death before it closes anything. */
  lookForDeaths(): void {
    for (const instance of this.#instances.values()) instance.lookForDeath();
  }

  /** The instances that run now; `missed` is filled in by whoever knows what was told. */
  async list(): Promise<RunningInstance[]> {
    const described = await Promise.all([...this.#instances.values()].map((one) => one.describe()));
    return described.filter((one) => one !== undefined);
  }

  /** Stops watching. The instances go on, for the next agent to adopt. */
  release(): void {
    this.#around.spare.close();
    this.#deaths.close();
    this.#ready.close();
    for (const instance of this.#instances.values()) instance.release();
  }

  async #start(requested: InstanceSpec): Promise<JsonValue> {
    const spec = checkSpecification(requested);
    const existing = this.#instances.get(spec.id);
    if (existing !== undefined) {
      // The same request again, because its answer was lost, has the same answer.
      if (existing.isOf(spec)) return { pid: await existing.ready() };
      throw exists(spec);
    }
    if (this.#instances.size >= MAX_INSTANCES) {
      throw new ProblemError(
        'INSTANCE_FAILED',
        `this host runs ${MAX_INSTANCES} instances already`,
      );
    }
    const instance = SupervisedInstance.fresh(spec, this.#around);
    await this.#add(instance, () => instance.start());
    return { pid: await instance.ready() };
  }

  async #restore(
    requested: InstanceSpec,
    checkpoint: string | undefined,
    connections: readonly ConnectionStanding[],
  ): Promise<JsonValue> {
    const spec = checkSpecification(requested);
    if (this.#instances.has(spec.id)) throw exists(spec);
    const ready = await this.#inOrder(readying(spec), () => this.#ready.take(spec, checkpoint));
    const instance = SupervisedInstance.fresh(spec, this.#around, ready?.runner);
    const restored = await this.#add(instance, () => {
      return instance.restore(ready?.restore ?? this.#checkpoints, checkpoint, connections);
    });
    const { identity, durationMs: restoreMs, checkpoint: used, loss } = restored;
    return { pid: identity.pid, checkpoint: used, restoreMs, loss } satisfies RestoreAnswer;
  }

  /** It is there while it begins, and gone when it could not. */
  async #add<T>(instance: SupervisedInstance, begin: () => Promise<T>): Promise<T> {
    const { id } = instance;
    this.#instances.set(id, instance);
    try {
      const begun = await begin();
      this.#stopped.delete(id);
      return begun;
    } catch (error) {
      this.#instances.delete(id);
      throw error;
    }
  }

  async #stop(id: string, abruptly: boolean): Promise<JsonValue> {
    const instance = this.#instances.get(id);
    await instance?.stop(abruptly);
    this.#instances.delete(id);
    if (instance !== undefined) this.#remember(instance);
    const connections = this.#stopped.get(id)?.standings.slice(0, MAX_STANDINGS) ?? [];
    return { connections } satisfies StopAnswer;
  }

  #remember(stopped: SupervisedInstance): void {
    this.#stopped.delete(stopped.id);
    this.#stopped.set(stopped.id, stopped);
    const [oldest] = this.#stopped.keys();
    if (oldest !== undefined && this.#stopped.size > MAX_INSTANCES) this.#stopped.delete(oldest);
  }

  async #call(id: string, call: InstanceCall): Promise<JsonValue> {
    await this.#last.get(id);
    return this.#running(id).call(call);
  }

  #running(id: string): SupervisedInstance {
    const instance = this.#instances.get(id);
    if (instance !== undefined) return instance;
    throw new ProblemError('INSTANCE_UNKNOWN', `no instance ${id} runs on this host`, 'instance');
  }

  async #inOrder<T>(id: string, task: () => Promise<T>): Promise<T> {
    const result = (this.#last.get(id) ?? Promise.resolve()).then(task);
    const settled = result.catch(() => undefined);
    this.#last.set(id, settled);
    void settled.then(() => {
      if (this.#last.get(id) === settled) this.#last.delete(id);
    });
    return result;
  }
}

function exists({ id }: InstanceSpec): ProblemError {
  return new ProblemError('INSTANCE_STATE', `${id} exists: stop it first`, 'spec.id');
}

/** What is ready of a VNF has an order of its own, beside those of its instances. */
const readying = ({ vnf }: { vnf: string }): string => `ready ${vnf}`;
