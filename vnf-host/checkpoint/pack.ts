/** Packs a directory of image files into one file, and brings it back. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDeflateRaw, createInflateRaw } from 'node:zlib';
import { corrupt, encodeTrailer, readTrailer, type PackManifest } from './pack-format.js';

/** Image files are mostly empty pages: the fastest level makes them 8 times smaller already. */
const LEVEL = 1;
/** criu's own notes are no part of the image. */
const IMAGE_FILE = /\.img$/;

type About = Pick<PackManifest, 'spec' | 'launch' | 'criu' | 'kernel'> & {
  info: Omit<PackManifest['info'], 'rawBytes' | 'storedBytes'>;
};

/**
 * Atomic and durable: the file at `path` is whole, or not there. Rejects with the file system's error
 * (ENOSPC, ...); then nothing of it is left.
 */
export async function writePack(path: string, dir: string, about: About): Promise<PackManifest> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    const files: PackManifest['files'] = [];
    for (const name of (await readdir(dir)).filter((each) => IMAGE_FILE.test(each)).sort()) {
      files.push(await appendFile(file, dir, name));
    }
    const total = (key: 'bytes' | 'storedBytes') => files.reduce((sum, each) => sum + each[key], 0);
    const info = { ...about.info, rawBytes: total('bytes'), storedBytes: total('storedBytes') };
    const manifest: PackManifest = { version: 1, ...about, info, files };
    await file.writeFile(encodeTrailer(manifest));
    await file.close();
    await makeDurable(temporary, path);
    return manifest;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

async function appendFile(
  target: FileHandle,
  dir: string,
  name: string,
): Promise<PackManifest['files'][number]> {
  const path = join(dir, name);
  const hash = createHash('sha256');
  let storedBytes = 0;
  const deflate = createDeflateRaw({ level: LEVEL });
  const fed = pipeline(createReadStream(path), deflate);
  // A write that fails ends the loop and this too: the write's own error is the one to tell.
  fed.catch(() => undefined);
  for await (const chunk of deflate) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    storedBytes += bytes.length;
    await target.writeFile(bytes);
  }
  await fed;
  return { name, bytes: (await stat(path)).size, storedBytes, sha256: hash.digest('hex') };
}

/** Reads all of it; rejects with CHECKPOINT_CORRUPT when it is not as it was written. */
export async function verifyPack(path: string): Promise<PackManifest> {
  return withFile(path, async (file, manifest) => {
    let start = 0;
    for (const entry of manifest.files) {
      const source = stored(file, start, entry.storedBytes);
      const hash = createHash('sha256');
      for await (const chunk of source) hash.update(chunk as Buffer);
      if (hash.digest('hex') !== entry.sha256) throw corrupt(path, `${entry.name} is damaged`);
      start += entry.storedBytes;
    }
  });
}

/** Fills the directory with the image files, each verified; rejects with CHECKPOINT_CORRUPT. */
export async function unpack(path: string, dir: string): Promise<PackManifest> {
  return withFile(path, async (file, manifest) => {
    let start = 0;
    for (const entry of manifest.files) {
      const hash = createHash('sha256');
      const damaged = () => corrupt(path, `${entry.name} is damaged`);
      let bytes = 0;
      const digest = new Transform({
        transform: (chunk: Buffer, _encoding, done) => {
          hash.update(chunk);
          done(null, chunk);
        },
      });
      const bound = new Transform({
        transform: (chunk: Buffer, _encoding, done) => {
          bytes += chunk.length;
          done(bytes > entry.bytes ? damaged() : null, chunk);
        },
      });
      const target = createWriteStream(join(dir, entry.name), { mode: 0o600 });
      try {
        const source = stored(file, start, entry.storedBytes);
        await pipeline(source, digest, createInflateRaw(), bound, target);
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code?.startsWith('Z_') === true ? damaged() : error;
      }
      if (hash.digest('hex') !== entry.sha256 || bytes !== entry.bytes) throw damaged();
      start += entry.storedBytes;
    }
  });
}

/** What the file says of itself; its contents are not read. */
export async function readManifest(path: string): Promise<PackManifest> {
  return withFile(path, () => Promise.resolve());
}

async function withFile(
  path: string,
  use: (file: FileHandle, manifest: PackManifest) => Promise<void>,
): Promise<PackManifest> {
  const file = await open(path, 'r');
  try {
    const manifest = await readTrailer(file, path);
    await use(file, manifest);
    return manifest;
  } finally {
    await file.close();
  }
}

/** A piece of the file; a read of nothing is no read to the end. */
function stored(file: FileHandle, start: number, bytes: number) {
  const end = start + bytes - 1;
  return createReadStream('', { fd: file.fd, start, end, autoClose: false });
}

/** Gives a file its name once its contents are on disk. */
export async function makeDurable(temporary: string, path: string): Promise<void> {
  await sync(temporary);
  await rename(temporary, path);
  await sync(dirname(path));
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
