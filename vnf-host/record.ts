/** The manifest of one instance as it changes: in memory at once, on disk one write at a time. */
import {
  removeInstanceFiles,
  writeManifest,
  type InstanceFiles,
  type Manifest,
} from './manifest.js';

export class InstanceRecord {
  readonly #files: InstanceFiles;
  #manifest: Manifest;
  #saving: Promise<void> = Promise.resolve();
  #removed = false;

  constructor(manifest: Manifest, files: InstanceFiles) {
    this.#manifest = manifest;
    this.#files = files;
  }

  get now(): Manifest {
    return this.#manifest;
  }

  /** Resolves when the record is on disk, as it is then; a removed one stays removed. */
  async update(
    change: Partial<Omit<Manifest, 'version' | 'spec' | 'nativeConfig'>>,
  ): Promise<void> {
    this.#manifest = { ...this.#manifest, ...change };
    const saved = this.#saving.then(async () => {
      if (!this.#removed) await writeManifest(this.#files.manifest, this.#manifest);
    });
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  /** Once: the files may by then be those of a new instance with this id. */
  async remove(): Promise<void> {
    if (this.#removed) return;
    this.#removed = true;
    this.#manifest = { ...this.#manifest, wanted: 'stopped' };
    await this.#saving;
    await removeInstanceFiles(this.#files);
  }
}
