/**
 * The controller's memory: a journal of key and value writes, on disk before `write` resolves.
 * Replay gives the last value of each key. Writes that are asked for while the disk is busy share
 * the next line and its fsync.
 */
import { constants } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FerryError, messageOf } from '../contract/errors.js';
import { decodeRecord, encodeRecord, type JournalValue, type JournalWrite } from './record.js';

/** What the parts of the controller know of a journal. */
export interface Store {
  /** Last value of each key at the time of opening and since. */
  entries(prefix: string): [string, JournalValue][];
  /** All writes together or none; resolved once they are on disk. Null removes a key. */
  write(writes: readonly JournalWrite[]): Promise<void>;
}

export interface JournalOptions {
  /** File size from which the journal is rewritten with live keys only. */
  compactAtBytes?: number;
}

const COMPACT_AT_BYTES = 8 * 1024 * 1024;

interface Pending {
  writes: readonly JournalWrite[];
  resolve: () => void;
  reject: (error: FerryError) => void;
}

export class Journal implements Store {
  readonly #path: string;
  readonly #compactAtBytes: number;
  readonly #live: Map<string, JournalValue>;
  #file: FileHandle;
  #size: number;
  #seq: number;
  #compactedSize = 0;
  #pending: Pending[] = [];
  #draining = false;
  #writing: Promise<void> = Promise.resolve();
  #broken: FerryError | undefined;

  private constructor(path: string, file: FileHandle, replayed: Replayed, compactAtBytes: number) {
    this.#path = path;
    this.#file = file;
    this.#live = replayed.live;
    this.#size = replayed.size;
    this.#seq = replayed.seq;
    this.#compactAtBytes = compactAtBytes;
  }

  /** Opens or makes the journal; a torn last line is cut off. Throws STATE_CORRUPT, STATE_UNWRITABLE. */
  static async open(path: string, options: JournalOptions = {}): Promise<Journal> {
    let file: FileHandle;
    try {
      await rm(compactionPath(path), { force: true });
      file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    } catch (error) {
      throw unwritable(path, error);
    }
    try {
      const replayed = replay(path, await file.readFile());
      await file.truncate(replayed.size);
      await file.sync();
      await syncDirectory(path);
      return new Journal(path, file, replayed, options.compactAtBytes ?? COMPACT_AT_BYTES);
    } catch (error) {
      await file.close();
      throw error instanceof FerryError ? error : unwritable(path, error);
    }
  }

  entries(prefix: string): [string, JournalValue][] {
    return [...this.#live].filter(([key]) => key.startsWith(prefix));
  }

  write(writes: readonly JournalWrite[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ writes, resolve, reject });
      if (!this.#draining) this.#writing = this.#drain();
    });
  }

  /** Waits for writes under way. */
  async close(): Promise<void> {
    await this.#writing;
    this.#broken ??= new FerryError('STATE_UNWRITABLE', `the journal ${this.#path} is closed`);
    await this.#file.close();
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      try {
        if (this.#broken !== undefined) throw this.#broken;
        await this.#append(batch.flatMap((each) => each.writes));
        for (const each of batch) each.resolve();
      } catch (error) {
        const coded = error instanceof FerryError ? error : unwritable(this.#path, error);
        for (const each of batch) each.reject(coded);
      }
    }
    // In the turn in which nothing was left: a write that comes next starts anew.
    this.#draining = false;
  }

  #take(): Pending[] {
    const batch = this.#pending;
    this.#pending = [];
    return batch;
  }

  async #append(writes: readonly JournalWrite[]): Promise<void> {
    const line = Buffer.from(encodeRecord(this.#seq + 1, writes));
    try {
      await writeAll(this.#file, line, this.#size);
      await this.#file.datasync();
    } catch (error) {
      await this.#cutOff();
      throw error;
    }
    this.#size += line.length;
    this.#seq += 1;
    for (const [key, value] of writes) {
      if (value === null) this.#live.delete(key);
      else this.#live.set(key, value);
    }
    // Waiting until the file has doubled keeps a large live state from being rewritten at every write.
    if (this.#size > Math.max(this.#compactAtBytes, 2 * this.#compactedSize)) await this.#compact();
  }

  /** After a failed write: a half line in the middle would make the whole journal unreadable. */
  async #cutOff(): Promise<void> {
    try {
      await this.#file.truncate(this.#size);
    } catch (error) {
      this.#broken = unwritable(this.#path, error);
    }
  }

  async #compact(): Promise<void> {
    const path = compactionPath(this.#path);
    const text = [...this.#live].map((write, index) =>
      encodeRecord(this.#seq + 1 + index, [write]),
    );
    const bytes = Buffer.from(text.join(''));
    let file: FileHandle | undefined;
    try {
      file = await open(path, 'w', 0o600);
      await writeAll(file, bytes, 0);
      await file.sync();
      await rename(path, this.#path);
      await syncDirectory(this.#path);
    } catch {
      // The write itself is on disk: go on with the long file and try again when it has grown.
      this.#compactedSize = this.#size;
      await file?.close();
      return;
    }
    await this.#file.close();
    this.#file = file;
    this.#size = bytes.length;
    this.#compactedSize = bytes.length;
    this.#seq += text.length;
  }
}

interface Replayed {
  live: Map<string, JournalValue>;
  seq: number;
  /** Bytes up to the end of the last whole line. */
  size: number;
}

function replay(path: string, bytes: Buffer): Replayed {
  const result: Replayed = { live: new Map(), seq: 0, size: 0 };
  let torn = false;
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    const record = newline < 0 ? undefined : decodeRecord(bytes.toString('utf8', start, end));
    if (record === undefined) {
      torn = true;
    } else if (torn || (result.seq > 0 && record.seq !== result.seq + 1)) {
      const message = `${path} is damaged before byte ${start}, in front of whole records`;
      throw new FerryError('STATE_CORRUPT', message, 'stateDir');
    } else {
      apply(result, record.writes);
      result.seq = record.seq;
      result.size = end + 1;
    }
    start = end + 1;
  }
  return result;
}

function apply(result: Replayed, writes: readonly JournalWrite[]): void {
  for (const [key, value] of writes) {
    if (value === null) result.live.delete(key);
    else result.live.set(key, value);
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function compactionPath(path: string): string {
  return `${path}.new`;
}

function unwritable(path: string, error: unknown): FerryError {
  const reason = messageOf(error);
  return new FerryError('STATE_UNWRITABLE', `cannot write ${path}: ${reason}`, 'stateDir');
}
