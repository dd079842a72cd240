/**
 * The TCP connections of an image, brought to where they stood when the process died. The image is
 * older: its peer has had and sent more since, and would not understand the numbers of then. What
 * went to and fro since the checkpoint is lost to the process, and counted.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionLoss, ConnectionStanding } from '../../sdn-app/contract/checkpoint.js';
import { entriesOf, FILE, HEADER_BYTES, LENGTH_BYTES, SOCKET } from './image-file.js';
import { Message } from './message.js';

const STREAM_FILE = /^tcp-stream-([0-9a-f]+)\.img$/;
/** criu's images/tcp-stream.proto. */
const STREAM = {
  ...{ receivedBytes: 1, receiveNext: 2, sentBytes: 3, sendNext: 4, options: 5 },
  ...{ timestamp: 9, unsentBytes: 11, windowSeenAt: 13, windowToldAt: 17 },
} as const;
const HAS_TIMESTAMPS = 1;
/** What is not known of a clock's progress, on another host or meanwhile; a peer takes what is ahead. */
const CLOCK_MARGIN_MS = 1000;

/** Where each stands, by local and remote address and port, as `key` makes it. */
export type Standing = ReadonlyMap<string, ConnectionStanding>;

type End = ConnectionStanding['local'];

export const key = (local: End, remote: End): string =>
  `${local.address}:${local.port} ${remote.address}:${remote.port}`;

/** `ageMs`: since the checkpoint. Rejects with RangeError for images that criu did not write. */
export async function forwardConnections(
  imagesDir: string,
  standing: Standing,
  ageMs: number,
): Promise<ConnectionLoss> {
  const loss = { connections: 0, behind: 0, receivedBytes: 0, sentBytes: 0 };
  const sockets = await socketKeys(join(imagesDir, 'files.img'));
  for (const name of await readdir(imagesDir)) {
    const inode = STREAM_FILE.exec(name)?.[1];
    if (inode === undefined) continue;
    const path = join(imagesDir, name);
    const stream = new Stream(await readFile(path));
    const now = standing.get(sockets.get(Number.parseInt(inode, 16)) ?? '');
    const { receivedBytes, sentBytes } = stream.forward(now, ageMs);
    loss.connections += 1;
    loss.receivedBytes += receivedBytes;
    loss.sentBytes += sentBytes;
    if (receivedBytes + sentBytes > 0) loss.behind += 1;
    await writeFile(path, stream.encode());
  }
  return loss;
}

/** Addresses of TCP sockets by their inode. */
async function socketKeys(path: string): Promise<Map<number, string>> {
  const image = await readFile(path);
  const found = new Map<number, string>();
  for (const entry of entriesOf(image)) {
    const socket = entry.nested(FILE.socket);
    if (socket === undefined) continue;
    const end = (address: number, port: number) => ({
      address: addressText(socket.numbers(address)),
      port: socket.number(port) ?? 0,
    });
    const local = end(SOCKET.localAddress, SOCKET.localPort);
    const remote = end(SOCKET.remoteAddress, SOCKET.remotePort);
    found.set(socket.number(SOCKET.inode) ?? 0, key(local, remote));
  }
  return found;
}

/** Words in network order; IPv4 is the only one, or the last of a mapped address (RFC 4291). */
function addressText(words: readonly number[]): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(words.at(-1) ?? 0);
  return [...bytes].join('.');
}

/** Sequence numbers are modulo 2^32. */
const ahead = (to: number, from: number): number => (to - from) >>> 0;

class Stream {
  readonly #header: Buffer;
  readonly #message: Message;
  /** Received and not yet read by the process, and sent and not yet acknowledged. */
  readonly #received: Buffer;
  #sent: Buffer;

  constructor(image: Buffer) {
    const at = HEADER_BYTES + LENGTH_BYTES;
    const end = at + image.readUInt32LE(HEADER_BYTES);
    this.#header = image.subarray(0, HEADER_BYTES);
    this.#message = Message.parse(image.subarray(at, end));
    const received = end + this.#get(STREAM.receivedBytes);
    this.#received = image.subarray(end, received);
    this.#sent = image.subarray(received, received + this.#get(STREAM.sentBytes));
  }

  /** Answers what was received and sent since. */
  forward(
    now: ConnectionStanding | undefined,
    ageMs: number,
  ): { receivedBytes: number; sentBytes: number } {
    this.#forwardTimestamp(now, ageMs);
    if (now === undefined) return { receivedBytes: 0, sentBytes: 0 };
    const receivedBytes = ahead(now.receiveNext, this.#get(STREAM.receiveNext));
    const sentBytes = ahead(now.sendNext, this.#get(STREAM.sendNext));
    this.#message.set(STREAM.receiveNext, now.receiveNext);
    this.#message.set(STREAM.windowSeenAt, now.receiveNext);
    this.#message.set(STREAM.windowToldAt, now.receiveNext);
    // What waited to be sent has been, before what was sent since.
    if (sentBytes > 0) {
      this.#message.set(STREAM.sendNext, now.sendNext);
      this.#message.set(STREAM.sentBytes, 0);
      this.#message.set(STREAM.unsentBytes, 0);
      this.#sent = Buffer.alloc(0);
    }
    return { receivedBytes, sentBytes };
  }

  encode(): Buffer {
    const message = this.#message.encode();
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(message.length);
    return Buffer.concat([this.#header, length, message, this.#received, this.#sent]);
  }

  /** A peer drops segments with a timestamp before one that it has seen (RFC 7323 section 5). */
  #forwardTimestamp(now: ConnectionStanding | undefined, ageMs: number): void {
    if ((this.#get(STREAM.options) & HAS_TIMESTAMPS) === 0) return;
    const last = now?.timestamp ?? this.#get(STREAM.timestamp) + ageMs;
    this.#message.set(STREAM.timestamp, Math.ceil(last + CLOCK_MARGIN_MS) >>> 0);
  }

  #get(field: number): number {
    return this.#message.number(field) ?? 0;
  }
}
