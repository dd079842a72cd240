/** The statistics that `criu dump` leaves in `stats-dump`: how long the processes stood still. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface DumpStats {
  /** From the first process that was stopped until the last one was. */
  freezingMs: number;
  /** How long the processes stood still. */
  frozenMs: number;
  pagesWritten: number;
}

/** criu's magic numbers, the length, then one protobuf message (criu's stats.proto). */
const HEADER_BYTES = 12;
const DUMP_FIELD = 1;
const FREEZING_US = 1;
const FROZEN_US = 2;
const PAGES_WRITTEN = 6;

/** Rejects when criu left none. */
export async function readDumpStats(imagesDir: string): Promise<DumpStats> {
  return parseDumpStats(await readFile(join(imagesDir, 'stats-dump')));
}

/** Throws RangeError for anything that is cut short. */
export function parseDumpStats(image: Buffer): DumpStats {
  const length = image.readUInt32LE(HEADER_BYTES - 4);
  const message = new Message(image.subarray(HEADER_BYTES, HEADER_BYTES + length));
  const dump = message.nested(DUMP_FIELD).numbers();
  return {
    freezingMs: (dump.get(FREEZING_US) ?? 0) / 1000,
    frozenMs: (dump.get(FROZEN_US) ?? 0) / 1000,
    pagesWritten: dump.get(PAGES_WRITTEN) ?? 0,
  };
}

/** As much of protobuf as the message needs: numbers and nested messages. */
class Message {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  nested(field: number): Message {
    const key = this.#varint();
    if (key !== ((field << 3) | 2)) throw new RangeError(`no message in field ${field}`);
    const length = this.#varint();
    if (this.#at + length > this.#bytes.length) throw new RangeError('message cut short');
    return new Message(this.#bytes.subarray(this.#at, this.#at + length));
  }

  numbers(): Map<number, number> {
    const found = new Map<number, number>();
    while (this.#at < this.#bytes.length) {
      const key = this.#varint();
      if ((key & 7) !== 0) throw new RangeError(`field ${key >>> 3} is not a number`);
      found.set(key >>> 3, this.#varint());
    }
    return found;
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value += (byte & 0x7f) * factor;
      if (byte < 128) return value;
    }
    throw new RangeError('number too long');
  }
}
