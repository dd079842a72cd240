/** The record of an instance on disk: what lets a new agent adopt it, start it again or end it. */
import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { instanceId, instanceSpec, type InstanceSpec } from '../sdn-app/contract/instance.js';
import { manifestProcess } from '../sdn-app/contract/process-identity.js';
import { nativeConfig } from './nf-config.js';

export const manifestSchema = z.strictObject({
  version: z.literal(2),
  spec: instanceSpec,
  /** What the native factory is given: spec.config in its own words. */
  nativeConfig: z.record(z.string(), z.json()),
  /** As it is now: a standby that took over serves; an instance that handed over does not. */
  role: z.enum(['serving', 'standby']),
  /** `stopped` from the moment that its end is asked for: nobody starts it again. */
  wanted: z.enum(['running', 'stopped']),
  /** Token of the one start that this record is about. */
  launch: z.string().regex(/^[0-9a-f]{32}$/),
  /** The process is null from just before the start until just after it. */
  ...manifestProcess.shape,
});
export type Manifest = z.infer<typeof manifestSchema>;

export const newLaunch = (): string => randomBytes(16).toString('hex');

/** The files of one instance in the run directory. */
export interface InstanceFiles {
  manifest: string;
  socket: string;
  /** Crash report that a failing instance leaves. */
  error: string;
  /** Of an instance that keeps one. */
  log: string;
  /** Working directory of a program. */
  directory: string;
}

export function instanceFiles(runDir: string, id: string): InstanceFiles {
  const base = join(runDir, id);
  return {
    manifest: `${base}.json`,
    socket: `${base}.sock`,
    error: `${base}.error`,
    log: `${base}.log`,
    directory: `${base}.files`,
  };
}

export function newManifest(spec: InstanceSpec): Manifest {
  return {
    version: 2,
    spec,
    nativeConfig: JSON.parse(JSON.stringify(nativeConfig(spec))) as Manifest['nativeConfig'],
    role: spec.role,
    wanted: 'running',
    launch: newLaunch(),
    process: null,
  };
}

/** Atomic and durable: readers see the old record or the new one, a crash leaves one of them. */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(manifest));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** The manifest goes last: as long as anything of an instance is left, there is a record of it. */
export async function removeInstanceFiles(files: InstanceFiles): Promise<void> {
  await rm(files.socket, { force: true });
  await rm(files.error, { force: true });
  await rm(files.log, { force: true });
  await rm(`${files.log}.next`, { force: true });
  await rm(files.directory, { recursive: true, force: true });
  await rm(files.manifest, { force: true });
}

/** Every record in the run directory; those that cannot be read go to `refused`, by file name. */
export async function readManifests(
  runDir: string,
): Promise<{ manifests: Manifest[]; refused: string[] }> {
  const manifests: Manifest[] = [];
  const refused: string[] = [];
  for (const name of await readdir(runDir)) {
    if (!name.endsWith('.json') || !instanceId.safeParse(name.slice(0, -5)).success) continue;
    const manifest = parseManifest(await readFile(join(runDir, name), 'utf8'));
    if (manifest?.spec.id === name.slice(0, -5)) manifests.push(manifest);
    else refused.push(name);
  }
  return { manifests, refused };
}

function parseManifest(text: string): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
