/** `ferry openflow print`: frames in, a line of JSON or text for people out. */
import { FerryError } from '../../contract/errors.js';
import { decode, messageToJson, WireError } from '../../openflow/index.js';
import { messageToText } from '../../openflow/text/index.js';
import { errorLine } from '../output.js';
import { faultObject, frameFault, type Fault } from './fault.js';
import { FrameFinder, type Found, type FoundFrame } from './frame-finder.js';
import { HexReader, type HexItem } from './hex-reader.js';
import type { Sink } from './sink.js';

export interface PrintOptions {
  /** The input is hexadecimal text. */
  readonly hex: boolean;
  /** Text for people, as Open vSwitch prints it, instead of JSON. */
  readonly human: boolean;
}

/** Resolves with how many frames or lines could not be read. */
export async function printFrames(
  input: AsyncIterable<Buffer>,
  sink: Sink,
  { hex, human }: PrintOptions,
): Promise<number> {
  const source = hex ? new HexSource() : new BinarySource();
  const show = human ? showText : showJson;
  let faults = 0;
  const tell = async (items: readonly Found[]): Promise<void> => {
    let shown = '';
    for (const item of items) {
      const line = show(item);
      if (line.isFault) faults += 1;
      shown += line.text;
      if (shown.length > heldChars) {
        await sink.write(shown);
        shown = '';
      }
    }
    await sink.write(shown);
  };
  for await (const chunk of input) {
    await tell(source.push(chunk));
    if (sink.isClosed || source.isOver) break;
  }
  await tell(source.end());
  return faults;
}

/** How much output is gathered before it is written. */
const heldChars = 0x1_0000;

interface Source {
  /** True when nothing that follows could be understood. */
  readonly isOver: boolean;
  push(chunk: Buffer): Found[];
  end(): Found[];
}

class BinarySource implements Source {
  readonly #finder = new FrameFinder();

  get isOver(): boolean {
    return this.#finder.isLost;
  }

  push(chunk: Buffer): Found[] {
    return this.#finder.push(chunk);
  }

  end(): Found[] {
    return this.#finder.restart();
  }
}

class HexSource implements Source {
  readonly isOver = false;
  readonly #reader = new HexReader();
  readonly #finder = new FrameFinder();

  push(chunk: Buffer): Found[] {
    return this.#find(this.#reader.push(chunk.toString('latin1')));
  }

  end(): Found[] {
    return [...this.#find(this.#reader.end()), ...this.#finder.restart()];
  }

  #find(items: readonly HexItem[]): Found[] {
    return items.flatMap((item) => {
      if (item.sort === 'gap') return this.#finder.restart();
      if (item.sort === 'bytes') {
        const { bytes, startsLine } = item;
        return startsLine ? this.#finder.pushLine(bytes) : this.#finder.push(bytes);
      }
      this.#finder.lose();
      return [item.fault];
    });
  }
}

interface Shown {
  readonly text: string;
  readonly isFault: boolean;
}

function showJson(found: Found): Shown {
  const read = readFrame(found, messageToJson);
  const object = 'fault' in read ? faultObject(read.fault) : read.value;
  return { text: `${JSON.stringify(object)}\n`, isFault: 'fault' in read };
}

function showText(found: Found): Shown {
  const read = readFrame(found, messageToText);
  if (!('fault' in read)) return { text: read.value, isFault: false };
  const { code, message } = read.fault;
  return { text: `${errorLine(new FerryError(code, message))}\n`, isFault: true };
}

function readFrame<T>(
  found: Found,
  present: (message: ReturnType<typeof decode>) => T,
): { fault: Fault } | { value: T } {
  if (!isFrame(found)) return { fault: found };
  const { frame, streamOffset } = found;
  try {
    return { value: present(decode(frame)) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { fault: frameFault(error, frame, streamOffset) };
  }
}

function isFrame(found: Found): found is FoundFrame {
  return found.frame instanceof Buffer;
}
