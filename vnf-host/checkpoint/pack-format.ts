/**
 * A checkpoint is one file: the image files one after the other, each compressed (raw deflate), then a
 * manifest that names them with length and digest, then a footer with the manifest's own digest and
 * length. A file that was cut short or changed anywhere is found out.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { checkpointInfo } from '../../sdn-app/contract/checkpoint.js';
import { instanceSpec } from '../../sdn-app/contract/instance.js';
import { ProblemError } from '../instance/problem.js';

const MAGIC = Buffer.from('FERRYCP1');
const DIGEST_BYTES = 32;
const FOOTER_BYTES = DIGEST_BYTES + 4 + MAGIC.length;
const MAX_MANIFEST_BYTES = 1_048_576;

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

export const packManifest = z.strictObject({
  version: z.literal(1),
  info: checkpointInfo,
  spec: instanceSpec,
  /** Token in the environment of the processes. */
  launch: z.string().regex(/^[0-9a-f]{32}$/),
  criu: z.string(),
  kernel: z.string(),
  files: z
    .array(
      z.strictObject({
        /** Plain names only: they become files of a directory of ours. */
        name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/),
        bytes: z.int().min(0),
        storedBytes: z.int().min(1),
        /** Of the stored bytes. */
        sha256: sha256Hex,
      }),
    )
    .max(65_536),
});
export type PackManifest = z.infer<typeof packManifest>;

export function encodeTrailer(manifest: PackManifest): Buffer {
  const text = Buffer.from(JSON.stringify(manifest));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([text, digest(text), length, MAGIC]);
}

/** Rejects with CHECKPOINT_CORRUPT for a file that is not whole. */
export async function readTrailer(file: FileHandle, path: string): Promise<PackManifest> {
  const { size } = await file.stat();
  const footer = await readAt(file, size - FOOTER_BYTES, FOOTER_BYTES);
  const length = footer?.readUInt32LE(DIGEST_BYTES) ?? 0;
  if (footer?.subarray(DIGEST_BYTES + 4).equals(MAGIC) !== true || length > MAX_MANIFEST_BYTES) {
    throw corrupt(path, 'its end is missing');
  }
  const text = await readAt(file, size - FOOTER_BYTES - length, length);
  if (text === undefined || !digest(text).equals(footer.subarray(0, DIGEST_BYTES))) {
    throw corrupt(path, 'its manifest is damaged');
  }
  const manifest = packManifest.parse(JSON.parse(text.toString('utf8')));
  const stored = manifest.files.reduce((sum, each) => sum + each.storedBytes, 0);
  if (stored !== size - FOOTER_BYTES - length) throw corrupt(path, 'its length is wrong');
  return manifest;
}

async function readAt(file: FileHandle, at: number, bytes: number): Promise<Buffer | undefined> {
  if (at < 0) return undefined;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, at);
  return bytesRead === bytes ? buffer : undefined;
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export function corrupt(path: string, what: string): ProblemError {
  return new ProblemError('CHECKPOINT_CORRUPT', `${path}: ${what}`);
}
