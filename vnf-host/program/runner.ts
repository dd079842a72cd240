/** Starts, guards and brings back one program in its own network and working directory. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceSpec } from '../../sdn-app/contract/instance.js';
import type { ProgramCommand } from '../../sdn-app/contract/nfs/definition.js';
import type { RestoreWays } from '../checkpoint/checkpoints.js';
import { forwardConnections, key, type Standing } from '../checkpoint/connections.js';
import { launchProgram, type Launched } from '../launch.js';
import type { LivingProcess } from '../living.js';
import { instanceFiles } from '../manifest.js';
import { isAlive, type ProcessIdentity } from '../process.js';
import type { Runner } from '../runner.js';
import type { Surroundings } from '../supervised.js';
import { bringDirectory, lastWords, makeDirectory, OUTPUT, seenAs } from './directory.js';
import { Guard } from './guard.js';
import { setUpNetwork, takeDownNetwork } from './network.js';
import { ProgramProcess } from './process.js';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const GUARD_RETRY_MS = 200;

export class ProgramRunner implements Runner {
  readonly takesSpare = false;
  readonly directory: string;
  readonly ways: RestoreWays;
  readonly #spec: InstanceSpec;
  readonly #command: ProgramCommand;
  readonly #around: Surroundings;
  #guard: Guard | undefined;

  constructor(spec: InstanceSpec, command: ProgramCommand, around: Surroundings) {
    this.#spec = spec;
    this.#command = command;
    this.#around = around;
    this.directory = instanceFiles(around.runDir, spec.id).directory;
    this.ways = {
      connections: 'keep',
      prepare: async (imagesDir, { takenAt }) => {
        await this.clean();
        await bringDirectory(this.directory, imagesDir);
        const ageMs = Math.max(0, Date.now() - Date.parse(takenAt));
        return forwardConnections(imagesDir, this.#standing(), ageMs);
      },
      ready: (pid) => this.#makeNetwork(pid),
    };
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

  watch(identity: ProcessIdentity, child: ChildProcess | undefined): LivingProcess {
    this.#guard?.watch(identity);
    const gone = this.#keepGuarded(identity);
    const names = this.#spec.ports.map(({ name }) => name);
    return new ProgramProcess(identity, child, gone, names);
  }

  lastWords(): Promise<string> {
    return lastWords(this.directory);
  }

  async clean(): Promise<void> {
    const guard = this.#guard;
    this.#guard = undefined;
    if (guard === undefined) return;
    if (guard.pid !== undefined) await takeDownNetwork(guard.pid, this.#spec.ports);
    guard.end();
  }

  /** Where its connections stood when it ended; each is the way back of one restore. */
  #standing(): Standing {
    const withheld = this.#around.withheld.get(this.#spec.vnf) ?? [];
    this.#around.withheld.delete(this.#spec.vnf);
    return new Map(withheld.map((each) => [key(each.local, each.remote), each]));
  }

  async #makeNetwork(pid: number): Promise<void> {
    const { ports } = this.#spec;
    await setUpNetwork(pid, ports, this.#command.gateway);
    this.#guard = await Guard.start(pid, ports);
  }

  /** Resolves when the program has ended. A guard that is lost is made anew. */
  async #keepGuarded(identity: ProcessIdentity): Promise<void> {
    for (;;) {
      const guard = this.#guard;
      if (guard !== undefined && (await guard.ended) === 'program') {
        this.#around.withheld.set(this.#spec.vnf, guard.withheld);
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
