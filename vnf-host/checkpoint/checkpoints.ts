/** Checkpoints of this host's instances: taken, kept, sent on, restored. */
import { randomBytes } from 'node:crypto';
import { release } from 'node:os';
import type { CheckpointInfo, ConnectionLoss } from '../../sdn-app/contract/checkpoint.js';
import { messageOf } from '../../sdn-app/contract/errors.js';
import type { InstanceSpec } from '../../sdn-app/contract/instance.js';
import { ProblemError } from '../instance/problem.js';
import type { Log } from '../log.js';
import type { Manifest } from '../manifest.js';
import type { ProcessIdentity } from '../process.js';
import type { Criu } from './criu.js';
import { dump } from './dump.js';
import { findCriu } from './probe.js';
import { ReadyRestore, type Beforehand } from './ready-restore.js';
import { restore, type Restored } from './restore.js';
import { CheckpointStore } from './store.js';

export interface CheckpointOptions {
  host: string;
  runDir: string;
  /** Where checkpoints are kept. */
  dir: string;
  log: Log;
}

/** What an instance does after its checkpoint. */
export type After = 'goesOn' | 'stands';

/** What of an instance a checkpoint needs. */
export interface Subject {
  manifest: Pick<Manifest, 'spec' | 'role' | 'launch'>;
  identity: ProcessIdentity;
  /** What the dump does with TCP connections. */
  connections: 'keep' | 'close';
  /** Goes into the image as it is while the processes stand still. */
  directory: string | undefined;
  /** Runs a task while the instance has no connection to this agent. */
  withoutLink: <T>(task: () => Promise<T>) => Promise<T>;
}

/** What a restore needs that the image has not. */
export interface RestoreWays {
  connections: 'keep' | 'close';
  /** What to do before, with the image files at hand. */
  prepare?: (imagesDir: string, taken: CheckpointInfo) => Promise<ConnectionLoss | null>;
  /** Of a program with a network of its own: makes it for process `pid`. */
  ready?: (pid: number) => Promise<void>;
}

/** Called before a process lives. */
export type RecordRestoring = (restoring: Pick<Manifest, 'launch' | 'role'>) => Promise<void>;

export interface RestoredInstance extends Restored {
  checkpoint: CheckpointInfo;
  loss: ConnectionLoss | null;
}

export class Checkpoints {
  readonly store: CheckpointStore;
  readonly #options: CheckpointOptions;
  #criu: Promise<Criu | undefined> | undefined;

  constructor(options: CheckpointOptions) {
    this.#options = options;
    this.store = new CheckpointStore(options.dir, options.log);
  }

  /**
   * The instance stands still while it is dumped (`frozenMs`), and goes on whatever happens; with
   * `after` it stands still from then on, unless this rejects. Rejects with CRIU_MISSING or
   * CHECKPOINT_FAILED; then the earlier checkpoints are as they were.
   */
  async take(subject: Subject, keep: number, after: After): Promise<CheckpointInfo> {
    const criu = await this.#workingCriu();
    const { spec, role, launch } = subject.manifest;
    const id = `c-${randomBytes(4).toString('hex')}`;
    const takenAt = new Date().toISOString();
    return this.store
      .withWorkDir(async (imagesDir) => {
        const { frozenMs, durationMs: dumpMs } = await subject.withoutLink(() =>
          dump(criu, subject.identity, {
            ...{ imagesDir, after },
            ...{ connections: subject.connections, directory: subject.directory },
          }),
        );
        const { host } = this.#options;
        const info = {
          id,
          vnf: spec.vnf,
          instance: spec.id,
          host,
          takenAt,
          role,
          frozenMs,
          dumpMs,
        };
        const about = { info, spec, launch, criu: criu.version, kernel: release() };
        return this.store.add(imagesDir, about, keep);
      })
      .catch(asFailed);
  }

  /**
   * Brings back the instance of a checkpoint, or of the newest one of its VNF that is whole. Its
   * ports are those of the same interface numbers on this host. `record` is called before a process
   * lives. Rejects with CHECKPOINT_UNKNOWN,
   * CHECKPOINT_CORRUPT, CHECKPOINT_FAILED or CRIU_MISSING.
   */
  async restore(
    spec: InstanceSpec,
    id: string | undefined,
    { connections, prepare, ready }: RestoreWays,
    record: RecordRestoring,
  ): Promise<RestoredInstance> {
    const began = performance.now();
    const criu = await this.#workingCriu();
    return this.store
      .withWorkDir(async (imagesDir) => {
        const bring = async () => {
          const { info: checkpoint, launch } = await this.store.fetchOf(spec, id, imagesDir);
          await record({ launch, role: checkpoint.role });
          return { checkpoint, loss: (await prepare?.(imagesDir, checkpoint)) ?? null };
        };
        const brought = bring();
        try {
          // Its network is made meanwhile; criu begins when both are there.
          if (ready === undefined) await brought;
          const both =
            ready && ((pid: number) => Promise.all([brought, ready(pid)]).then(() => undefined));
          const { runDir } = this.#options;
          const restored = await restore(criu, { imagesDir, runDir, connections, ready: both });
          const durationMs = performance.now() - began;
          return { ...restored, durationMs, ...(await brought) };
        } finally {
          await brought.catch(() => undefined);
        }
      })
      .catch(asFailed);
  }

  /** Everything of a restore that can be done before it is wanted; rejects as restore() does. */
  async makeReady(
    spec: InstanceSpec,
    checkpoint: string,
    beforehand: Beforehand,
  ): Promise<ReadyRestore> {
    const criu = await this.#workingCriu();
    const { runDir } = this.#options;
    return ReadyRestore.make(criu, this.store, { spec, checkpoint, runDir, beforehand }).catch(
      asFailed,
    );
  }

  /** Looked for once; while there is none, at each request. */
  async #workingCriu(): Promise<Criu> {
    this.#criu ??= findCriu();
    const criu = await this.#criu;
    if (criu !== undefined) return criu;
    this.#criu = undefined;
    throw new ProblemError('CRIU_MISSING', 'no criu works on this host');
  }
}

/** What the file system says (ENOSPC, ...) is no defect. */
function asFailed(error: unknown): never {
  if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  throw new ProblemError('CHECKPOINT_FAILED', messageOf(error));
}
