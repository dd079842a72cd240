/** The example of docs/third-party-nfs.md, copied out of the tree and built there as the page says. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ferry, run } from '../../../lab/ferry-command.js';
import { packagePath } from '../../../../sdn-app/cli/paths.js';

const EXAMPLE = packagePath('docs/examples/gatekeeper');

export interface Example {
  folder: string;
  library: string;
  topology: string;
}

/** `change` alters the source before it is built. */
export async function buildExample(
  t: { teardown: (undo: () => unknown) => unknown },
  change: (source: string) => string = (source) => source,
): Promise<Example> {
  const folder = await mkdtemp(join(tmpdir(), 'fyp-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const name of ['gatekeeper.cpp', 'gatekeeper.yaml', 'Makefile']) {
    await cp(join(EXAMPLE, name), join(folder, name));
  }
  const source = join(folder, 'gatekeeper.cpp');
  await writeFile(source, change(await readFile(source, 'utf8')));
  const include = (await ferry('nf', 'include')).stdout.trim();
  const made = await run('make', ['-s', '-C', folder, `INCLUDE=${include}`, 'CXXFLAGS=-O1']);
  if (made.code !== 0) throw new Error(made.stderr);
  return {
    folder,
    library: join(folder, 'gatekeeper.so'),
    topology: join(folder, 'gatekeeper.yaml'),
  };
}
