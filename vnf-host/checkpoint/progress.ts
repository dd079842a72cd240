/** Whether a program that writes files into a directory still gets on. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const LOOKS = 10;

export interface ProgressWatch {
  /** Aborted once nothing has been written for the time that was given. */
  readonly hangs: AbortSignal;
  close(): void;
}

/** Time in which this process itself stood still does not count. */
export function watchProgress(dir: string, stillMs: number): ProgressWatch {
  const hangs = new AbortController();
  let lastBytes = -1;
  let still = 0;
  const look = async () => {
    const bytes = await bytesIn(dir);
    still = bytes === lastBytes ? still + 1 : 0;
    lastBytes = bytes;
    if (still >= LOOKS) hangs.abort();
  };
  const timer = setInterval(() => void look(), stillMs / LOOKS);
  return { hangs: hangs.signal, close: () => clearInterval(timer) };
}

async function bytesIn(dir: string): Promise<number> {
  const names = await readdir(dir).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(dir, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
