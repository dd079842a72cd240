/**
 * One socket as a stream of OpenFlow messages: framing, counters, and queues that are bounded both
 * ways. What is sent within one turn of the event loop goes out in one write. Nothing read waits
 * for anybody: a message is handled when its bytes are read, and while the switch leaves too much
 * unread nothing more is read from it, so that TCP holds it back.
 */
import type { Socket } from 'node:net';
import {
  decode,
  FrameBuffer,
  Framer,
  WireError,
  type Message,
  type Outgoing,
} from '../openflow/index.js';
import type { CloseReason } from './close-reason.js';
import { SwitchError } from './errors.js';
import type { SwitchLimits } from './limits.js';
import { refusalOf } from './wire-refusal.js';
import type { WriteBudget } from './write-budget.js';

/** How long a peer gets to read the last words of a refused connection. */
const LINGER_MS = 1000;
/** Bytes that do not wait for the end of the turn: the switch may handle them meanwhile. */
const WRITE_BYTES = 32_768;
/** Buffers that no connection has at the moment; larger ones are not kept. */
const spare: FrameBuffer[] = [];
const SPARE_BUFFERS = 16;
const SPARE_BYTES = 4 * WRITE_BYTES;

export interface ConnectionCounters {
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Messages of a type that OpenFlow 1.3 does not have: answered by an error, nothing more. */
  unknown: number;
}

export class Connection {
  readonly counters: ConnectionCounters = {
    ...{ framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 },
    unknown: 0,
  };
  onMessage: (message: Message) => void = () => undefined;
  onClosed: (reason: CloseReason, detail: string) => void = () => undefined;
  readonly #socket: Socket;
  readonly #limits: SwitchLimits;
  readonly #budget: WriteBudget;
  readonly #framer = new Framer();
  readonly #flush = () => this.#write();
  /** Frames for the next write, at the end of this turn. */
  #gathered: FrameBuffer | undefined;
  /** Bytes that were gathered or written, and that the kernel has not yet taken. */
  #waiting = 0;
  #paused = false;
  #closed = false;

  constructor(socket: Socket, limits: SwitchLimits, budget: WriteBudget) {
    this.#socket = socket;
    this.#limits = limits;
    this.#budget = budget;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.close('socketError', error.message));
    socket.on('close', () => this.close('peerClosed', 'the switch closed the connection'));
    socket.on('end', () => this.close('peerClosed', 'the switch closed the connection'));
    socket.on('timeout', () => setImmediate(() => this.#stalled()));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the switch leaves so much unread that nothing is read from it either. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Sends all or none; throws SWITCH_CLOSED or SWITCH_BUSY, WireError for what cannot be encoded. */
  send(messages: readonly Outgoing[]): void {
    if (this.#closed) throw new SwitchError('SWITCH_CLOSED', 'the switch is not connected');
    const frames = this.#gather();
    const before = frames.length;
    try {
      for (const message of messages) frames.add(message);
      this.#checkRoom(frames.length - before);
    } catch (error) {
      frames.truncate(before);
      throw error;
    }
    this.#count(frames, before, messages.length);
  }

  /**
   * Sends what the protocol demands, whatever waits already: there is never more of it than was
   * read before reading paused.
   */
  answer(message: Message): void {
    if (this.#closed) return;
    const frames = this.#gather();
    const before = frames.length;
    frames.add(message);
    this.#count(frames, before, 1);
  }

  /** Only the first call counts. What was sent before still goes out, for a second at most. */
  close(reason: CloseReason, detail: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#write();
    this.#socket.end();
    // The end is seen only by who reads.
    this.#socket.resume();
    const linger = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once('close', () => clearTimeout(linger));
    this.onClosed(reason, detail);
  }

  /** What was sent in this turn goes out now, not at its end. */
  flush(): void {
    this.#write();
  }

  #gather(): FrameBuffer {
    if (this.#gathered === undefined) {
      this.#gathered = spare.pop() ?? new FrameBuffer();
      process.nextTick(this.#flush);
    }
    return this.#gathered;
  }

  #checkRoom(bytes: number): void {
    const limit = this.#limits.writeQueueBytes;
    if (this.#waiting + bytes > limit) {
      const message = `${this.#waiting} bytes wait to be sent; ${limit} is the limit`;
      throw new SwitchError('SWITCH_BUSY', message);
    }
    if (!this.#budget.allows(bytes)) {
      const message = `${this.#budget.used} bytes wait to be sent to all switches together`;
      throw new SwitchError('SWITCH_BUSY', message);
    }
  }

  #count(frames: FrameBuffer, before: number, count: number): void {
    const bytes = frames.length - before;
    this.#waiting += bytes;
    this.#budget.take(bytes);
    this.counters.framesOut += count;
    this.counters.bytesOut += bytes;
    if (frames.length >= WRITE_BYTES) this.#write();
  }

  #write(): void {
    const frames = this.#gathered;
    if (frames === undefined) return;
    this.#gathered = undefined;
    const written = frames.take();
    if (spare.length < SPARE_BUFFERS && frames.capacity <= SPARE_BYTES) spare.push(frames);
    const bytes = written.length;
    if (bytes === 0) return;
    this.#socket.write(written, () => {
      this.#waiting -= bytes;
      this.#budget.release(bytes);
      if (this.#paused && this.#waiting === 0 && !this.#closed) this.#resume();
    });
    if (this.#waiting > this.#limits.pauseBytes && !this.#paused) this.#pause();
  }

  #pause(): void {
    this.#paused = true;
    this.#socket.pause();
    // Node restarts it whenever the kernel takes some of what waits.
    this.#socket.setTimeout(this.#limits.stallMs);
  }

  #resume(): void {
    this.#paused = false;
    this.#socket.setTimeout(0);
    this.#handle();
    // That may have paused it again: the type checker cannot know.
    if (!this.paused) this.#socket.resume();
  }

  #stalled(): void {
    if (!this.#paused) return;
    const { stallMs } = this.#limits;
    this.close('notReading', `the switch left ${this.#waiting} bytes unread for ${stallMs} ms`);
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    this.counters.bytesIn += chunk.length;
    this.#framer.add(chunk);
    this.#handle();
  }

  /** One frame after the other, so that what precedes a bad one still counts. */
  #handle(): void {
    // What was read together with the message whose answers were too much waits in the framer. The
    // handler may also have closed the connection.
    while (!this.#paused && !this.#closed && this.#hasFrame()) {
      this.counters.framesIn += 1;
      const message = this.#message();
      if (message !== undefined) this.onMessage(message);
    }
  }

  /** Whether a further frame is complete; the connection ends when no length can be believed. */
  #hasFrame(): boolean {
    try {
      return this.#framer.next();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.close('wireError', error.message);
      return false;
    }
  }

  /**
   * Undefined for a frame that is refused. What it might have said is lost, so the connection ends,
   * and who comes back is asked for everything; but a type of another version says nothing here.
   */
  #message(): Message | undefined {
    const { buffer, start, end } = this.#framer;
    try {
      return decode(buffer, start, end);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const refusal = refusalOf(buffer.subarray(start, end), error.code);
      if (refusal !== undefined) this.answer(refusal);
      if (error.code === 'WIRE_UNKNOWN_TYPE') this.counters.unknown += 1;
      else this.close('wireError', error.message);
      return undefined;
    }
  }
}
