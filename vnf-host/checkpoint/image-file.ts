/** Files of criu's images: two magic numbers, then messages, each with its length before it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Message } from './message.js';

export const HEADER_BYTES = 8;
export const LENGTH_BYTES = 4;
/** criu's images/fdinfo.proto and sk-inet.proto. */
export const FILE = { socket: 4 } as const;
export const SOCKET = {
  ...{ inode: 2, localPort: 7, remotePort: 8, localAddress: 11, remoteAddress: 12 },
} as const;

/** Throws RangeError for what criu did not write. */
export function* entriesOf(image: Buffer): Generator<Message> {
  for (let at = HEADER_BYTES; at < image.length;) {
    const length = image.readUInt32LE(at);
    at += LENGTH_BYTES;
    yield Message.parse(image.subarray(at, at + length));
    at += length;
  }
}

/**
 * Sockets are bound to no address of the host where the image was taken: another one has none of
 * them. For images whose connections are closed when they are restored.
 */
export async function forgetAddresses(imagesDir: string): Promise<void> {
  const path = join(imagesDir, 'files.img');
  const image = await readFile(path);
  const parts: Buffer[] = [image.subarray(0, HEADER_BYTES)];
  for (const entry of entriesOf(image)) {
    const socket = entry.nested(FILE.socket);
    if (socket?.numbers(SOCKET.localAddress).length === 1) {
      socket.set(SOCKET.localAddress, 0);
      entry.embed(FILE.socket, socket);
    }
    const bytes = entry.encode();
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
  }
  await writeFile(path, Buffer.concat(parts));
}
