/** One socket as a stream of OpenFlow messages: framing, the bounded write queue, counters. */
import type { Duplex } from 'node:stream';
import { Framer, WireError, decode, encode, type Message } from '../openflow/index.js';
import type { CloseReason } from './close-reason.js';
import { SwitchError } from './errors.js';

/** How long a peer gets to read the last words of a refused connection. */
const LINGER_MS = 1000;

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
  readonly #socket: Duplex;
  readonly #framer = new Framer();
  readonly #writeQueueBytes: number;
  #closed = false;

  constructor(socket: Duplex, writeQueueBytes: number) {
    this.#socket = socket;
    this.#writeQueueBytes = writeQueueBytes;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.close('socketError', error.message));
    socket.on('close', () => this.close('peerClosed', 'the switch closed the connection'));
    socket.on('end', () => this.close('peerClosed', 'the switch closed the connection'));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends all or none; throws SWITCH_CLOSED or SWITCH_BUSY, WireError for what cannot be encoded. */
  send(messages: readonly Message[]): void {
    if (this.#closed) throw new SwitchError('SWITCH_CLOSED', 'the switch is not connected');
    const bytes = Buffer.concat(messages.map(encode));
    const waiting = this.#socket.writableLength;
    if (waiting + bytes.length > this.#writeQueueBytes) {
      const message = `${waiting} bytes wait to be sent; ${this.#writeQueueBytes} is the limit`;
      throw new SwitchError('SWITCH_BUSY', message);
    }
    this.counters.framesOut += messages.length;
    this.counters.bytesOut += bytes.length;
    this.#socket.write(bytes);
  }

  /** Only the first call counts. What was sent before still goes out, for a second at most. */
  close(reason: CloseReason, detail: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.end();
    const linger = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once('close', () => clearTimeout(linger));
    this.onClosed(reason, detail);
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    this.counters.bytesIn += chunk.length;
    for (const message of this.#messages(chunk)) {
      this.counters.framesIn += 1;
      this.onMessage(message);
      // The handler may have closed the connection: the type checker cannot know.
      if (this.closed) return;
    }
  }

  /** Decodes frame by frame, so that what precedes a bad frame still counts. */
  *#messages(chunk: Buffer): Generator<Message> {
    try {
      for (const frame of this.#framer.push(chunk)) yield decode(frame);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.close('wireError', error.message);
    }
  }
}
