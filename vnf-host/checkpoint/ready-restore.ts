/**
 * A checkpoint that waits for the word: its image verified and unpacked, its network made and unheard,
 * the process begun that becomes criu. What is left of the restore is criu's own part.
 */
import type { CheckpointInfo, ConnectionLoss } from '../../sdn-app/contract/checkpoint.js';
import type { InstanceSpec } from '../../sdn-app/contract/instance.js';
import { Deferred } from '../deferred.js';
import { identify, isAlive, type ProcessIdentity } from '../process.js';
import type { RecordRestoring, RestoredInstance, RestoreWays } from './checkpoints.js';
import type { Criu } from './criu.js';
import { restore, type Restored } from './restore.js';
import type { CheckpointStore } from './store.js';

/** What can be done before. */
export interface Beforehand {
  /** With the image files. */
  unpack(imagesDir: string): Promise<void>;
  /** Makes the network of process `pid`, that nobody hears. */
  layOut(pid: number): Promise<void>;
  /** False when something of it is lost. */
  isWhole(): boolean;
}

export interface ReadySubject {
  spec: InstanceSpec;
  checkpoint: string;
  runDir: string;
  beforehand: Beforehand;
}

/** Does what could not be done before, once the word is given. */
type Order = (imagesDir: string, pid: number, launch: string) => Promise<void>;

class Dropped extends Error {}

export class ReadyRestore {
  readonly #info: CheckpointInfo;
  readonly #process: ProcessIdentity | undefined;
  readonly #beforehand: Beforehand;
  readonly #word: Deferred<Order>;
  /** When nothing of it is left but what was restored. */
  readonly #over: Promise<Restored>;

  private constructor(
    info: CheckpointInfo,
    process: ProcessIdentity | undefined,
    beforehand: Beforehand,
    word: Deferred<Order>,
    over: Promise<Restored>,
  ) {
    this.#info = info;
    this.#process = process;
    this.#beforehand = beforehand;
    this.#word = word;
    this.#over = over;
  }

  /** Rejects as a restore does; then nothing of it is left but what `layOut` has made. */
  static async make(
    criu: Criu,
    store: CheckpointStore,
    { spec, checkpoint, runDir, beforehand }: ReadySubject,
  ): Promise<ReadyRestore> {
    const word = new Deferred<Order>();
    const waiting = new Deferred<[CheckpointInfo, number]>();
    const over = store.withWorkDir(async (imagesDir) => {
      const { info, launch } = await store.fetchOf(spec, checkpoint, imagesDir);
      await beforehand.unpack(imagesDir);
      const ready = async (pid: number) => {
        await beforehand.layOut(pid);
        waiting.resolve([info, pid]);
        const order = await word.promise;
        await order(imagesDir, pid, launch);
      };
      return restore(criu, { imagesDir, runDir, connections: 'keep', ready });
    });
    over.catch((error: unknown) => waiting.reject(error));
    const [info, pid] = await waiting.promise;
    return new ReadyRestore(info, identify(pid), beforehand, word, over);
  }

  /** False when it has lost something, so that it must be made anew. */
  get isWhole(): boolean {
    return this.#process !== undefined && isAlive(this.#process) && this.#beforehand.isWhole();
  }

  /** As that of Checkpoints; once. The ways are those of who made it ready. */
  async restore(
    _spec: InstanceSpec,
    _id: string | undefined,
    { prepare, ready }: RestoreWays,
    record: RecordRestoring,
  ): Promise<RestoredInstance> {
    const began = performance.now();
    const checkpoint = this.#info;
    let loss: ConnectionLoss | null = null;
    this.#word.resolve(async (imagesDir, pid, launch) => {
      await record({ launch, role: checkpoint.role });
      [loss] = await Promise.all([prepare?.(imagesDir, checkpoint) ?? null, ready?.(pid)]);
    });
    const restored = await this.#over;
    return { ...restored, durationMs: performance.now() - began, checkpoint, loss };
  }

  /** Resolves when its process and files are gone. */
  async drop(): Promise<void> {
    this.#word.reject(new Dropped());
    await this.#over.catch((error: unknown) => {
      if (!(error instanceof Dropped)) throw error;
    });
  }
}
