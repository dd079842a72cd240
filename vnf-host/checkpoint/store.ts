/** The checkpoints that this host keeps: its own, and those that other hosts sent. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointInfo } from '../../sdn-app/contract/checkpoint.js';
import type { InstanceSpec } from '../../sdn-app/contract/instance.js';
import { ProblemError } from '../instance/problem.js';
import type { Log } from '../log.js';
import { settleLeftovers } from './leftovers.js';
import { makeDurable, readManifest, unpack, verifyPack, writePack } from './pack.js';
import { corrupt, type PackManifest } from './pack-format.js';

const SUFFIX = '.checkpoint';
const FILE = /^(c-[0-9a-f]{8})\.checkpoint$/;
const WORK_PREFIX = 'work-';

export class CheckpointStore {
  readonly #dir: string;
  readonly #log: Log;

  constructor(dir: string, log: Log) {
    this.#dir = dir;
    this.#log = log;
  }

  /** Removes what an agent that was killed had begun. */
  async prepare(): Promise<void> {
    await settleLeftovers(join(this.#dir, WORK_PREFIX));
    for (const name of await this.#names()) {
      if (name.startsWith(WORK_PREFIX) || name.endsWith('.tmp')) {
        // What it had unpack there may end a moment later.
        await rm(join(this.#dir, name), { recursive: true, force: true, maxRetries: 5 });
      }
    }
  }

  path(id: string): string {
    return join(this.#dir, `${id}${SUFFIX}`);
  }

  /** An empty directory for image files, removed after the task. */
  async withWorkDir<T>(task: (dir: string) => Promise<T>): Promise<T> {
    await this.#make();
    const dir = await mkdtemp(join(this.#dir, WORK_PREFIX));
    try {
      return await task(dir);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  /** Newest first, of one VNF or of all; a file that cannot be read is left out and told. */
  async list(vnf?: string): Promise<CheckpointInfo[]> {
    const found: CheckpointInfo[] = [];
    for (const name of await this.#names()) {
      const id = FILE.exec(name)?.[1];
      if (id === undefined) continue;
      try {
        const { info } = await readManifest(this.path(id));
        if (info.id === id && (vnf === undefined || info.vnf === vnf)) found.push(info);
      } catch (error) {
        this.#log('error', `checkpoint ${id} is not usable: ${String(error)}`);
      }
    }
    return found.sort((a, b) => b.takenAt.localeCompare(a.takenAt));
  }

  /**
   * Packs image files and verifies what was written; only then those beyond `keep` go. Rejects with
   * CHECKPOINT_FAILED (a full disk, ...); then the earlier ones are untouched.
   */
  async add(
    imagesDir: string,
    about: Parameters<typeof writePack>[2],
    keep: number,
  ): Promise<CheckpointInfo> {
    const path = this.path(about.info.id);
    try {
      const { info } = await writePack(path, imagesDir, about);
      await verifyPack(path);
      await this.#prune(info, keep);
      return info;
    } catch (error) {
      await rm(path, { force: true });
      const text = `checkpoint ${about.info.id} could not be kept: ${String(error)}`;
      throw new ProblemError('CHECKPOINT_FAILED', text);
    }
  }

  /**
   * Takes in a file that came from another host, complete or not: `receive` writes it to the path
   * that it is given. Rejects, and keeps nothing, unless it is whole and of that id.
   */
  async takeIn(id: string, keep: number, receive: (path: string) => Promise<void>): Promise<void> {
    const path = this.path(id);
    const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
    await this.#make();
    try {
      await receive(temporary);
      const { info } = await verifyPack(temporary);
      if (info.id !== id) throw corrupt(temporary, `it is checkpoint ${info.id}`);
      await makeDurable(temporary, path);
      await this.#prune(info, keep);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** A host that has taken no checkpoint has no directory for them. */
  async #names(): Promise<string[]> {
    return readdir(this.#dir).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
  }

  async #make(): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
  }

  /** Rejects with CHECKPOINT_UNKNOWN, or CHECKPOINT_CORRUPT when it is not whole. */
  async verify(id: string): Promise<void> {
    await verifyPack(this.path(id)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new ProblemError('CHECKPOINT_UNKNOWN', `this host keeps no ${id}`, 'checkpoint');
    });
  }

  /** Keeps the newest ones of a VNF, and the one that has just come: it may be wanted for its age. */
  async #prune({ vnf, id: come }: CheckpointInfo, keep: number): Promise<void> {
    for (const { id } of (await this.list(vnf)).slice(keep))
      if (id !== come) await rm(this.path(id), { force: true });
  }

  /**
   * Brings the image files of a checkpoint into `dir`: of the one that is named, or of the newest one
   * of the VNF that is whole. CHECKPOINT_UNKNOWN, CHECKPOINT_CORRUPT.
   */
  async fetch(vnf: string, id: string | undefined, dir: string): Promise<PackManifest> {
    const known = (await this.list(vnf)).filter((each) => id === undefined || each.id === id);
    let fault: unknown = new ProblemError(
      'CHECKPOINT_UNKNOWN',
      `this host keeps no usable checkpoint ${id ?? ''} of ${vnf}`,
      'checkpoint',
    );
    for (const each of known) {
      try {
        return await unpack(this.path(each.id), dir);
      } catch (error) {
        fault = error;
        this.#log('error', `checkpoint ${each.id} is not usable: ${String(error)}`);
        await rm(dir, { recursive: true, force: true });
        await mkdir(dir, { mode: 0o700 });
      }
    }
    throw fault;
  }

  /** The same, and it is one of this instance, or REQUEST_INVALID. */
  async fetchOf(
    { vnf, id: instance }: Pick<InstanceSpec, 'vnf' | 'id'>,
    id: string | undefined,
    dir: string,
  ): Promise<PackManifest> {
    const found = await this.fetch(vnf, id, dir);
    if (found.info.instance === instance) return found;
    const text = `checkpoint ${found.info.id} is one of ${found.info.instance}`;
    throw new ProblemError('REQUEST_INVALID', text, 'spec.id');
  }
}
