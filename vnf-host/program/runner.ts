/** Starts, guards and brings back one program in its own network and working directory. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionStanding } from '../../sdn-app/contract/checkpoint.js';
import type { InstanceSpec } from '../../sdn-app/contract/instance.js';
import type { ProgramCommand } from '../../sdn-app/contract/nfs/definition.js';
import type { RestoreWays } from '../checkpoint/checkpoints.js';
import type { Beforehand } from '../checkpoint/ready-restore.js';
import { forwardConnections, key } from '../checkpoint/connections.js';
import { launchProgram, type Launched } from '../launch.js';
import type { LivingProcess, ProcessHandlers } from '../living.js';
import { instanceFiles } from '../manifest.js';
import { isAlive, type ProcessIdentity } from '../process.js';
import type { Runner } from '../runner.js';
import type { Surroundings } from '../surroundings.js';
import {
  bringDirectory,
  lastWords,
  makeDirectory,
  OUTPUT,
  seenAs,
  unpackDirectory,
} from './directory.js';
import { Guard, type Withheld } from './guard.js';
import { isLaidOut, layOutNetwork, openNetwork, takeDownNetwork } from './network.js';
import { ProgramProcess } from './process.js';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const GUARD_RETRY_MS = 200;
const WITHHELD_MS = 50;

export class ProgramRunner implements Runner {
  readonly takesSpare = false;
  readonly connections = 'keep';
  readonly directory: string;
  readonly #spec: InstanceSpec;
  readonly #command: ProgramCommand;
  readonly #around: Surroundings;
  #guard: Guard | undefined;
  #withheld: readonly Withheld[] = [];

  constructor(spec: InstanceSpec, command: ProgramCommand, around: Surroundings) {
    this.#spec = spec;
    this.#command = command;
    this.#around = around;
    this.directory = instanceFiles(around.runDir, spec.id).directory;
  }

  ways(connections: readonly ConnectionStanding[]): RestoreWays {
    const standing = new Map(connections.map((each) => [key(each.local, each.remote), each]));
    return {
      connections: 'keep',
      prepare: async (imagesDir, { takenAt }) => {
        await bringDirectory(this.directory, imagesDir);
        const ageMs = Math.max(0, Date.now() - Date.parse(takenAt));
        return forwardConnections(imagesDir, standing, ageMs);
      },
      ready: (pid) => this.#makeNetwork(pid),
    };
  }

  readonly beforehand: Beforehand = {
    unpack: unpackDirectory,
    layOut: (pid) => this.#layOut(pid),
    isWhole: () => {
      const pid = this.#guard?.pid;
      return pid !== undefined && isLaidOut(pid, this.#spec.ports);
    },
  };

  standings(): ConnectionStanding[] {
    return this.#withheld.map(({ timestamp, ...standing }) => {
      if (timestamp === undefined) return { ...standing, timestamp: null };
      const now = Math.ceil(timestamp.value + performance.now() - timestamp.at);
      return { ...standing, timestamp: now >>> 0 };
    });
  }

  async launch(launch: string): Promise<Launched> {
    await this.clean();
    const { command, env, files } = this.#command;
    await makeDirectory(this.directory, files);
    const seen = seenAs(this.directory);
    const output = join(seen, OUTPUT);
    return launchProgram(this.#around.runDir, command, launch, {
      env: { PATH, HOME: seen, ...env },
      options: ['--network', '--directory', seen, '--output', output],
      ready: (pid) => this.#makeNetwork(pid),
    });
  }

  watch(
    identity: ProcessIdentity,
    child: ChildProcess | undefined,
    { dying, event }: ProcessHandlers,
  ): LivingProcess {
    this.#guard?.watch(identity);
    const gone = this.#keepGuarded(identity).then(dying);
    const names = this.#spec.ports.map(({ name }) => name);
    const stands = (stalledMs: number) => event({ type: 'stalled', stalledMs });
    return new ProgramProcess(identity, child, gone, names, stands);
  }

  lastWords(): Promise<string> {
    return lastWords(this.directory);
  }

  async clean(): Promise<void> {
    const guard = this.#guard;
    this.#guard = undefined;
    if (guard === undefined) return;
    // What it has withheld is on its way to us.
    await Promise.race([guard.ended, delay(WITHHELD_MS)]);
    if (guard.pid !== undefined) await takeDownNetwork(guard.pid, this.#spec.ports);
    guard.end();
  }

  async #makeNetwork(pid: number): Promise<void> {
    if (this.#guard === undefined) await this.#layOut(pid);
    await openNetwork(pid, this.#spec.ports, this.#command.gateway);
  }

  /** The guard is there before anything can be heard. */
  async #layOut(pid: number): Promise<void> {
    const { ports } = this.#spec;
    await layOutNetwork(pid, ports);
    this.#guard = await Guard.start(pid, ports);
  }

  /** Resolves when the program has ended. A guard that is lost is made anew. */
  async #keepGuarded(identity: ProcessIdentity): Promise<void> {
    for (;;) {
      const guard = this.#guard;
      if (guard !== undefined && (await guard.ended) === 'program') {
        this.#withheld = guard.withheld;
        return;
      }
      if (!isAlive(identity)) return;
      if (guard !== undefined) await delay(GUARD_RETRY_MS, undefined, { ref: false });
      try {
        this.#guard = await Guard.start(identity.pid, this.#spec.ports);
        this.#guard.watch(identity);
      } catch (error) {
        this.#around.log('error', `${this.#spec.id}: ${String(error)}`);
        await delay(GUARD_RETRY_MS, undefined, { ref: false });
      }
    }
  }
}
