/**
 * While criu has TCP connections in hand it drops their packets by an nftables table in the network
 * namespace, and leaves it behind when the processes do not go on there.
 */
import { run } from './run.js';

const LIMIT_MS = 10_000;
const LOCK_TABLE = /^table inet (CRIU-\S+)$/gm;

/** Removes criu's tables in the network namespace of process `pid`. */
export async function removeLocks(pid: number): Promise<void> {
  const enter = ['nsenter', `--net=/proc/${pid}/ns/net`];
  const { stdout } = await run([...enter, 'nft', 'list', 'tables'], LIMIT_MS);
  for (const [, table = ''] of stdout.matchAll(LOCK_TABLE)) {
    await run([...enter, 'nft', 'delete', 'table', 'inet', table], LIMIT_MS);
  }
}
