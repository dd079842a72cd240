/** Checkpoints that wait on this host to be let go: at most one of each VNF. */
import { isDeepStrictEqual } from 'node:util';
import type { InstanceSpec } from '../sdn-app/contract/instance.js';
import type { Checkpoints } from './checkpoint/checkpoints.js';
import type { ReadyRestore } from './checkpoint/ready-restore.js';
import { ProblemError } from './instance/problem.js';
import { newManifest } from './manifest.js';
import { runnerOf, type Runner } from './runner.js';
import type { Surroundings } from './surroundings.js';

/** Each has an unpacked image on disk and two small processes. */
const MAX_READY = 64;

export interface ReadyStandby {
  spec: InstanceSpec;
  checkpoint: string;
  runner: Runner;
  restore: ReadyRestore;
}

export class ReadyStandbys {
  readonly #checkpoints: Checkpoints;
  readonly #around: Surroundings;
  readonly #byVnf = new Map<string, ReadyStandby>();

  constructor(checkpoints: Checkpoints, around: Surroundings) {
    this.#checkpoints = checkpoints;
    this.#around = around;
  }

  /**
   * The earlier one of the VNF goes when this one is ready. Rejects with REQUEST_INVALID for what has
   * nothing that could be done before, INSTANCE_FAILED, or as a restore does; then the earlier one stays.
   */
  async make(spec: InstanceSpec, checkpoint: string): Promise<void> {
    const before = this.#byVnf.get(spec.vnf);
    if (before !== undefined && isOf(before, spec, checkpoint) && before.restore.isWhole) return;
    if (before === undefined && this.#byVnf.size >= MAX_READY) {
      throw new ProblemError(
        'INSTANCE_FAILED',
        `${MAX_READY} checkpoints wait on this host already`,
      );
    }
    const runner = runnerOf(newManifest(spec), this.#around);
    const { beforehand } = runner;
    if (beforehand === undefined) {
      throw new ProblemError('REQUEST_INVALID', 'only a program can be made ready', 'spec.kind');
    }
    try {
      const restore = await this.#checkpoints.makeReady(spec, checkpoint, beforehand);
      this.#byVnf.set(spec.vnf, { spec, checkpoint, runner, restore });
    } catch (error) {
      await runner.clean();
      throw error;
    }
    if (before !== undefined) await end(before);
  }

  /** The one that is ready for this, if there is one and nothing of it is lost: it is the caller's. */
  async take(
    spec: InstanceSpec,
    checkpoint: string | undefined,
  ): Promise<ReadyStandby | undefined> {
    const found = this.#byVnf.get(spec.vnf);
    if (found === undefined || !isOf(found, spec, checkpoint)) return undefined;
    this.#byVnf.delete(spec.vnf);
    if (found.restore.isWhole) return found;
    await end(found);
    return undefined;
  }

  /** Resolves when nothing of it is left. */
  async drop(vnf: string): Promise<void> {
    const found = this.#byVnf.get(vnf);
    this.#byVnf.delete(vnf);
    if (found !== undefined) await end(found);
  }

  /** What is left when this process ends before that is done goes with it, or with the next agent. */
  close(): void {
    for (const vnf of this.#byVnf.keys()) this.drop(vnf).catch(() => undefined);
  }
}

const isOf = (ready: ReadyStandby, spec: InstanceSpec, checkpoint: string | undefined): boolean =>
  ready.checkpoint === checkpoint && isDeepStrictEqual(ready.spec, spec);

async function end({ runner, restore }: ReadyStandby): Promise<void> {
  await restore.drop();
  await runner.clean();
}
