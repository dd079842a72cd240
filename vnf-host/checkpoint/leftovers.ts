/**
 * A criu that is still at work for an agent that was killed: it is let finish, so that processes are
 * neither left standing nor adopted half restored; one that hangs is ended.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { STILL_MS } from './dump.js';
import { removeLocks } from './network-lock.js';
import { watchProgress } from './progress.js';
import { continueTree } from './tree.js';

const POLL_MS = 20;

interface Leftover {
  pid: number;
  imagesDir: string;
  /** Root of what it dumps; undefined when it restores. */
  tree: number | undefined;
}

/** Resolves when none works on images in directories whose path begins with `prefix`. */
export async function settleLeftovers(prefix: string, stillMs = STILL_MS): Promise<void> {
  for (let [first] = find(prefix); first !== undefined; [first] = find(prefix)) {
    const { pid, imagesDir, tree } = first;
    const watch = watchProgress(imagesDir, stillMs);
    while (!watch.hangs.aborted && find(imagesDir).length > 0) await delay(POLL_MS);
    watch.close();
    if (!watch.hangs.aborted) continue;
    killGroupOf(pid);
    while (find(imagesDir).some((each) => each.pid === pid)) await delay(POLL_MS);
    if (tree === undefined) continue;
    continueTree(tree);
    await removeLocks(tree);
  }
}

function find(prefix: string): Leftover[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const words = wordsOf(entry);
      const after = (word: string) => words[words.indexOf(word) + 1];
      const imagesDir = words.includes('--images-dir') ? after('--images-dir') : undefined;
      if (imagesDir?.startsWith(prefix) !== true) return [];
      const tree = words.includes('--tree') ? Number(after('--tree')) : undefined;
      return [{ pid: Number(entry), imagesDir, tree }];
    });
}

/** Empty for a process that has ended. */
function wordsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Each was started as the first of its group. */
function killGroupOf(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It has just ended, or is a child of the first.
    }
  }
}
