/** The working directory of a program: its first files, what it writes, and its output. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from '../checkpoint/run.js';
import { ProblemError } from '../instance/problem.js';
import { HOST_DIR } from '../process.js';

/** What the program writes to stdout and stderr. */
export const OUTPUT = 'output.log';
/** In a checkpoint: the directory as it was while the program stood still. */
export const ARCHIVE = 'ferry-directory.img';
/** Beside the image files: the directory, unpacked beforehand. */
const UNPACKED = 'directory';
const LIMIT_MS = 20_000;
const MAX_TOLD = 400;

/** The directory as the program sees it on every host. */
export const seenAs = (directory: string): string => join(HOST_DIR, basename(directory));

/** Begins anew with the files of the configuration. */
export async function makeDirectory(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  // Programs drop their privileges and write on: others may pass, the run directory is root's.
  await mkdir(directory, { mode: 0o777 });
  await run(['chmod', '777', directory], LIMIT_MS);
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
}

/** Beforehand: bringDirectory has only to move it then. */
export function unpackDirectory(imagesDir: string): Promise<void> {
  return extract(imagesDir, join(imagesDir, UNPACKED));
}

/** Makes it what the checkpoint has. Rejects with CHECKPOINT_FAILED when the checkpoint has none. */
export async function bringDirectory(directory: string, imagesDir: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  try {
    await rename(join(imagesDir, UNPACKED), directory);
  } catch {
    // Not unpacked yet, or checkpoints are on a file system of their own.
    await extract(imagesDir, directory);
  }
}

async function extract(imagesDir: string, directory: string): Promise<void> {
  await makeDirectory(directory, {});
  const archive = join(imagesDir, ARCHIVE);
  const { code, stderr } = await run(['tar', '-xpf', archive, '-C', directory], LIMIT_MS);
  if (code === 0) return;
  const text = `the files of the checkpoint were not brought back: ${stderr.trim()}`;
  throw new ProblemError('CHECKPOINT_FAILED', text);
}

/** The end of what the program has said, as one line; empty when it said nothing. */
export async function lastWords(directory: string): Promise<string> {
  const text = await readFile(join(directory, OUTPUT), 'utf8').catch(() => '');
  return text
    .slice(-MAX_TOLD)
    .trim()
    .replaceAll(/\s*\n\s*/g, ' | ');
}
