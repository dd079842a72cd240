/**
 * One socket as a stream of OpenFlow messages: framing, counters, and queues that are bounded both
 * ways. What is sent within one turn of the event loop goes out in one write. Nothing read waits
 * for anybody: a message is handled when its bytes are read, and while the switch leaves too much
 * unread nothing more is read from it, so that TCP holds it back.
 */
import type { Socket } from 'node:net';
import { Framer, WireError, decode, encode, type Message } from '../openflow/index.js';
import type { CloseReason } from './close-reason.js';
import { SwitchError } from './errors.js';
import type { SwitchLimits } from './limits.js';
import type { WriteBudget } from './write-budget.js';

/** How long a peer gets to read the last words of a refused connection. */
const LINGER_MS = 1000;
/** Bytes that do not wait for the end of the turn: the switch may handle them meanwhile. */
const WRITE_BYTES = 32_768;

export interface ConnectionCounters {
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
}

export class Connection {
  readonly counters: ConnectionCounters = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  onMessage: (message: Message) => void = () => undefined;
  onClosed: (reason: CloseReason, detail: string) => void = () => undefined;
  readonly #socket: Socket;
  readonly #limits: SwitchLimits;
  readonly #budget: WriteBudget;
  readonly #framer = new Framer();
  readonly #flush = () => this.#write();
  /** Frames for the next write. */
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  /** Bytes that were gathered or written, and that the kernel has not yet taken. */
  #waiting = 0;
  #paused = false;
  /** What was read together with the message whose answers were too much. */
  #held: Buffer[] = [];
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
  send(messages: readonly Message[]): void {
    if (this.#closed) throw new SwitchError('SWITCH_CLOSED', 'the switch is not connected');
    const frames = messages.map(encode);
    const bytes = frames.reduce((sum, { length }) => sum + length, 0);
    const limit = this.#limits.writeQueueBytes;
    if (this.#waiting + bytes > limit) {
      const message = `${this.#waiting} bytes wait to be sent; ${limit} is the limit`;
      throw new SwitchError('SWITCH_BUSY', message);
    }
    if (!this.#budget.allows(bytes)) {
      const message = `${this.#budget.used} bytes wait to be sent to all switches together`;
      throw new SwitchError('SWITCH_BUSY', message);
    }
    this.#gather(frames, bytes);
  }

  /**
   * Sends what the protocol demands, whatever waits already: there is never more of it than was
   * read before reading paused.
   */
  answer(message: Message): void {
    if (this.#closed) return;
    const frame = encode(message);
    this.#gather([frame], frame.length);
  }

  /** Only the first call counts. What was sent before still goes out, for a second at most. */
  close(reason: CloseReason, detail: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#held = [];
    this.#write();
    this.#socket.end();
    // The end is seen only by who reads.
    this.#socket.resume();
    const linger = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once('close', () => clearTimeout(linger));
    this.onClosed(reason, detail);
  }

  #gather(frames: readonly Buffer[], bytes: number): void {
    if (this.#gatheredBytes === 0) process.nextTick(this.#flush);
    for (const frame of frames) this.#gathered.push(frame);
    this.#gatheredBytes += bytes;
    this.#waiting += bytes;
    this.#budget.take(bytes);
    this.counters.framesOut += frames.length;
    this.counters.bytesOut += bytes;
    if (this.#gatheredBytes >= WRITE_BYTES) this.#write();
  }

  #write(): void {
    const bytes = this.#gatheredBytes;
    if (bytes === 0) return;
    const joined = Buffer.concat(this.#gathered, bytes);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#socket.write(joined, () => {
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
    const held = this.#held;
    this.#held = [];
    this.#handle(held);
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
    const frames = this.#understand(() => this.#framer.push(chunk)) ?? [];
    if (this.#held.length > 0) this.#held.push(...frames);
    else this.#handle(frames);
  }

  /** One frame after the other, so that what precedes a bad one still counts. */
  #handle(frames: readonly Buffer[]): void {
    let handled = 0;
    for (const frame of frames) {
      if (this.#paused) {
        this.#held = frames.slice(handled);
        return;
      }
      handled += 1;
      const message = this.#understand(() => decode(frame));
      if (message === undefined) return;
      this.counters.framesIn += 1;
      this.onMessage(message);
      // The handler may have closed the connection: the type checker cannot know.
      if (this.closed) return;
    }
  }

  /** Undefined, and the connection closed, for bytes that are no OpenFlow 1.3. */
  #understand<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.close('wireError', error.message);
      return undefined;
    }
  }
}
