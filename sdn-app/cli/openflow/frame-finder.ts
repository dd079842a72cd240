/** Finds the frames of a byte stream, and says where one is broken. */
import { Framer, WireError } from '../../openflow/index.js';
import { frameFault, type Fault } from './fault.js';

export interface FoundFrame {
  readonly frame: Buffer;
  /** Bytes of the stream before it. */
  readonly streamOffset: number;
}
export type Found = FoundFrame | Fault;

const headerBytes = 8;
/** OpenFlow 1.0 to 1.5; what claims another version is another protocol. */
const lastVersion = 6;
/** Types of OFPT_HELLO and OFPT_ERROR, which peers of any future version may send. */
const anyVersionTypes = [0, 1];
const lastType = 29;

export class FrameFinder {
  #framer = new Framer();
  #received = 0;
  /** Where the next frame starts. */
  #next = 0;
  #isLost = false;

  /** True once a header was broken: where the next frame begins cannot be known. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Bytes that follow those before. */
  push(bytes: Buffer): Found[] {
    this.#received += bytes.length;
    if (this.#isLost) return [];
    const frames: Buffer[] = [];
    let broken: WireError | undefined;
    try {
      this.#framer.push(bytes, frames);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      broken = error;
    }
    const found: Found[] = [];
    for (const frame of frames) {
      if (isForeign(frame)) return [...found, this.#foreign(frame)];
      found.push({ frame, streamOffset: this.#next });
      this.#next += frame.length;
    }
    if (broken !== undefined) found.push(this.#lose(broken, this.#rest(bytes)));
    return found;
  }

  /**
   * The bytes of a line of text. One that begins a whole frame ends what is broken or unfinished
   * before it; any other goes on with the frame of the line before.
   */
  pushLine(bytes: Buffer): Found[] {
    const isNew = (this.#isLost || this.#unfinished.length > 0) && beginsFrame(bytes);
    return [...(isNew ? this.restart() : []), ...this.push(bytes)];
  }

  /** The end of what belongs together: a frame that is not complete never will be. */
  restart(): Found[] {
    const rest = this.#unfinished;
    const found = this.#isLost || rest.length === 0 ? [] : [this.#truncated(rest)];
    this.#framer = new Framer();
    this.#isLost = false;
    this.#next = this.#received;
    return found;
  }

  /** Something other than bytes: what follows is ignored until a restart. */
  lose(): void {
    this.#isLost = true;
  }

  get #unfinished(): Buffer {
    return this.#framer.incomplete;
  }

  #truncated(rest: Buffer): Fault {
    if (isForeign(rest)) return this.#foreign(rest);
    const wanted = rest.length < 4 ? undefined : rest.readUInt16BE(2);
    const [field, offset] = wanted === undefined ? ['header', 0] : ['length', 2];
    const detail = `${rest.length} bytes of ${wanted ?? `at least ${headerBytes}`} are there`;
    const place = { messageType: 'header', field, offset };
    return frameFault(new WireError('WIRE_TRUNCATED', detail, place), rest, this.#next);
  }

  #foreign(frame: Buffer): Fault {
    const detail = `${frame[0] ?? 0} is no version of OpenFlow`;
    const place = { messageType: 'header', field: 'version', offset: 0 };
    return this.#lose(new WireError('WIRE_BAD_VERSION', detail, place), frame);
  }

  #lose({ code, detail, messageType, field, offset }: WireError, frame: Buffer): Fault {
    this.#isLost = true;
    const whole = `${detail}, so the frames behind it cannot be found`;
    const error = new WireError(code, whole, { messageType, field, offset });
    return frameFault(error, frame.subarray(0, headerBytes), this.#next);
  }

  /** What is at hand of the frame that starts at `#next`. */
  #rest(bytes: Buffer): Buffer {
    const seen = this.#received - this.#next;
    return seen > bytes.length ? this.#unfinished : bytes.subarray(bytes.length - seen);
  }
}

function isForeign(frame: Buffer): boolean {
  const [version = 1, type = 0] = frame;
  return (version < 1 || version > lastVersion) && !anyVersionTypes.includes(type);
}

function beginsFrame(bytes: Buffer): boolean {
  if (bytes.length < headerBytes) return false;
  const [version = 0, type = 0] = bytes;
  const length = bytes.readUInt16BE(2);
  const isHeader = version >= 1 && version <= lastVersion && type <= lastType;
  return isHeader && length >= headerBytes && length <= bytes.length;
}
