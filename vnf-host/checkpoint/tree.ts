/** A process and all its descendants. */
import { readdirSync, readFileSync } from 'node:fs';

/** Lets a tree go on that a killed criu may have left stopped: it stops a tree by signals too. */
export function continueTree(root: number): void {
  for (const pid of treeOf(root)) {
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It has ended meanwhile.
    }
  }
}

export function treeOf(root: number): number[] {
  return [root, ...childrenOf(root).flatMap(treeOf)];
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return [];
  }
}
