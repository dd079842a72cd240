/** Bytes of data, bulk left out, that have left a host over a shaped link: counted by its qdisc. */
import { FerryError } from '../../contract/errors.js';
import { spawnInHost } from '../lab/host.js';

/** `tc -s class show`, which knows no JSON, tells this of the class of data; mininet/shaping.py. */
const DATA_CLASS = /^class htb 1:10 .*\n Sent (\d+) bytes /m;

export async function dataBytes(host: string, networkInterface: string): Promise<number> {
  const command = ['tc', '-s', 'class', 'show', 'dev', networkInterface];
  const child = await spawnInHost(host, command, ['ignore', 'pipe', 'inherit']);
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => child.once('close', resolve));
  const bytes = dataBytesOf(Buffer.concat(chunks).toString());
  if (bytes === null) {
    throw new FerryError('LAB_FAILED', `${host}: ${networkInterface} counts no data`, host);
  }
  return bytes;
}

/** Bytes that the class of data has sent; null when the interface is not shaped. */
export function dataBytesOf(text: string): number | null {
  const bytes = DATA_CLASS.exec(text)?.[1];
  return bytes === undefined ? null : Number(bytes);
}
