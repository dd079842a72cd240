/** Takes the processes of an instance, or copies them: `criu dump`, beside them in their namespaces. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../instance/problem.js';
import { isAlive, parentOf, stateOf, type ProcessIdentity } from '../process.js';
import { ARCHIVE } from '../program/directory.js';
import type { Criu } from './criu.js';
import { criuFault } from './fault.js';
import { removeLocks } from './network-lock.js';
import { watchProgress } from './progress.js';
import { run } from './run.js';
import { readDumpStats, type DumpStats } from './stats-image.js';
import { continueTree } from './tree.js';

/** Of large processes, as long as it gets on; shorter than the controller waits. */
const DUMP_LIMIT_MS = 60_000;
/** The processes stand still meanwhile: a criu that writes nothing for so long hangs. */
export const STILL_MS = 4000;

const CONNECTIONS = { keep: '--tcp-established', close: '--tcp-close' } as const;
/** What programs have: connections not accepted yet (their peers connect again), nameless files. */
const OF_PROGRAMS = ['--skip-in-flight', '--ghost-limit', '1G'] as const;
const AFTER = { goesOn: ['--leave-running'], stands: ['--leave-stopped'], ends: [] } as const;

export interface DumpOptions {
  /** Its image files; it exists and is empty. */
  imagesDir: string;
  /**
   * TCP connections. `keep`: they are in the image, and stand still during the dump: what comes for
   * them is dropped. `close`: they are not in it, and the kernel takes what comes meanwhile.
   */
  connections: 'keep' | 'close';
  /**
   * `goesOn`: the processes run on after the dump; `stands`: they stand still until continueTree();
   * `ends`: the image is all that is left of them.
   */
  after: keyof typeof AFTER;
  /** Taken into the image too, as it is while the processes stand still. */
  directory?: string | undefined;
  limitMs?: number;
}

export interface DumpResult extends DumpStats {
  /** Of the whole command. */
  durationMs: number;
}

/**
 * Dumps the namespace's processes. Rejects with CHECKPOINT_FAILED; then they go on as if nothing had
 * been, also when the dump hung and was killed.
 */
export async function dump(
  criu: Criu,
  instance: ProcessIdentity,
  { imagesDir, connections, after, directory, limitMs = DUMP_LIMIT_MS }: DumpOptions,
): Promise<DumpResult> {
  // Process 1 of the instance's namespace: criu takes a tree from its root.
  const root = isAlive(instance) ? parentOf(instance) : undefined;
  if (root === undefined) {
    throw new ProblemError('INSTANCE_FAILED', `process ${instance.pid} has ended`);
  }
  if (stateOf(instance) === 'T') {
    // It would come back as it is, and be of no use.
    const text = `process ${instance.pid} was stopped by a signal`;
    throw new ProblemError('CHECKPOINT_FAILED', text);
  }
  const log = join(imagesDir, 'dump.log');
  const progress = watchProgress(imagesDir, STILL_MS);
  const ended = await run(
    [
      ...['nsenter', `--mount=/proc/${root}/ns/mnt`, `--net=/proc/${root}/ns/net`],
      ...[criu.path, 'dump', '--tree', String(root)],
      ...['--images-dir', imagesDir, '--log-file', log, '-v2'],
      ...[CONNECTIONS[connections], '--network-lock', 'nftables', '--file-locks', ...OF_PROGRAMS],
      ...['--manage-cgroups=ignore', ...AFTER[after]],
      ...(directory === undefined ? [] : ['--action-script', await archiver(imagesDir, directory)]),
    ],
    limitMs,
    undefined,
    progress.hangs,
  ).finally(() => progress.close());
  if (ended.code !== 0) {
    const fault = await criuFault(`dump of process ${instance.pid}`, ended, log);
    continueTree(root);
    await removeLocks(root);
    throw fault;
  }
  // criu unlocks the network only for processes that go on.
  if (after === 'stands') await removeLocks(root);
  return { ...(await readDumpStats(imagesDir)), durationMs: ended.durationMs };
}

/** criu runs it at several moments; at this one the processes stand still and will go on. */
async function archiver(imagesDir: string, directory: string): Promise<string> {
  const path = join(imagesDir, 'archive.sh');
  const archive = join(imagesDir, ARCHIVE);
  const lines = [
    '#!/bin/sh',
    '[ "$CRTOOLS_SCRIPT_ACTION" = post-dump ] || exit 0',
    `exec tar -cf '${archive}' -C '${directory}' .`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  await chmod(path, 0o700);
  return path;
}
