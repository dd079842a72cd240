/** Brings processes back from their image, on the host and in the network namespace of the caller. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inHostDir } from '../launch.js';
import { childOf, type ProcessIdentity } from '../process.js';
import type { Criu } from './criu.js';
import { criuFault } from './fault.js';
import { removeLocks } from './network-lock.js';
import { run } from './run.js';

const RESTORE_LIMIT_MS = 20_000;

export interface RestoreOptions {
  imagesDir: string;
  /** Of this host: what the processes see as HOST_DIR. */
  runDir: string;
  /**
   * `keep`: their peers still have them and the address is here now. `close`: the processes find
   * them closed.
   */
  connections: 'keep' | 'close';
  /** Makes a network of its own for process `pid`; undefined for that of the caller. */
  ready?: ((pid: number) => Promise<void>) | undefined;
}

export interface Restored {
  identity: ProcessIdentity;
  /** Of the whole command. */
  durationMs: number;
}

/** Rejects with CHECKPOINT_FAILED; then no process is left of it. */
export async function restore(criu: Criu, options: RestoreOptions): Promise<Restored> {
  const { imagesDir, runDir, connections, ready } = options;
  const log = join(imagesDir, 'restore.log');
  const pidFile = join(imagesDir, 'restore.pid');
  await rm(pidFile, { force: true });
  const ended = await run(
    inHostDir(
      runDir,
      [
        ...[criu.path, 'restore', '--restore-detached', '--pidfile', pidFile],
        ...['--images-dir', imagesDir, '--log-file', log, '-v2'],
        ...['--network-lock', 'nftables', '--file-locks', '--manage-cgroups=ignore'],
        connections === 'keep' ? '--tcp-established' : '--tcp-close',
      ],
      ready === undefined ? [] : ['--network'],
    ),
    RESTORE_LIMIT_MS,
    ready,
  );
  if (ended.code !== 0) throw await criuFault('the restore', ended, log);
  const root = Number(await readFile(pidFile, 'utf8'));
  await removeLocks(root);
  const identity = childOf(root);
  if (identity === undefined) throw await criuFault('the restore', { ...ended, code: null }, log);
  return { identity, durationMs: ended.durationMs };
}
