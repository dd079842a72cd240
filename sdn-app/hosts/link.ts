/** One agent's WebSocket: reads and checks its messages, ties answers to requests, watches silence. */
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../clock.js';
import {
  agentMessage,
  HEARTBEAT_MS,
  SILENCE_MS,
  type AgentMessage,
  type AgentRequest,
} from '../contract/agent.js';
import { FerryError, isErrorCode } from '../contract/errors.js';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type AgentCommand = WithoutId<AgentRequest>;
export type AgentHello = Extract<AgentMessage, { type: 'hello' }>;
export type AgentNews = Exclude<
  AgentMessage,
  { type: 'hello' | 'result' | 'failure' | 'heartbeat' }
>;

/** An agent takes at most this many requests at once. */
const MAX_OUTSTANDING = 64;
/** A connection that has not said hello by then is closed. */
const HELLO_MS = 5000;
/** Bytes that may wait for a peer that does not read, before it is taken for gone. */
const MAX_UNSENT_BYTES = 4 * 1_048_576;

export const CLOSE = { normal: 1000, protocol: 1008, tryLater: 1013 } as const;

export interface AgentLinkHandlers {
  /** Throws FerryError to refuse the agent. */
  hello(link: AgentLink, hello: AgentHello): void;
  news(link: AgentLink, news: AgentNews): void;
  closed(link: AgentLink, reason: string): void;
  /** A message that could not be read; the link is closed for it. */
  refused(): void;
}

interface Outstanding {
  command: AgentCommand;
  resolve: (value: unknown) => void;
  reject: (error: FerryError) => void;
  cancelTimeout: () => void;
}

export class AgentLink {
  /** Name from its hello; undefined before. */
  host: string | undefined;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #handlers: AgentLinkHandlers;
  readonly #outstanding = new Map<number, Outstanding>();
  #nextId = 1;
  #heardAt: number;
  #closeReason: string | undefined;
  #closed = false;
  #cancelTick: () => void;

  constructor(socket: WebSocket, clock: Clock, handlers: AgentLinkHandlers) {
    this.#socket = socket;
    this.#clock = clock;
    this.#handlers = handlers;
    this.#heardAt = clock.monotonicMs();
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', (error) => (this.#closeReason ??= error.message));
    socket.on('close', (code) => this.#finish(this.#closeReason ?? `closed with code ${code}`));
    this.#cancelTick = clock.after(HEARTBEAT_MS, () => this.#tick());
  }

  /** Resolves with the agent's answer, unchecked; rejects with FerryError. */
  request(command: AgentCommand, timeoutMs: number): Promise<unknown> {
    if (this.#closed || this.#closeReason !== undefined) return Promise.reject(this.#gone());
    if (this.#outstanding.size >= MAX_OUTSTANDING) {
      const message = `${this.#outstanding.size} requests to ${this.#name} are unanswered`;
      return Promise.reject(new FerryError('AGENT_TIMEOUT', message));
    }
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.#clock.after(timeoutMs, () => {
        this.#outstanding.delete(id);
        const message = `${this.#name} did not answer ${command.method} within ${timeoutMs} ms`;
        reject(new FerryError('AGENT_TIMEOUT', message));
      });
      this.#outstanding.set(id, { command, resolve, reject, cancelTimeout });
      this.#send({ ...command, id });
    });
  }

  /** Milliseconds since its last message. */
  heardAgo(): number {
    return this.#clock.monotonicMs() - this.#heardAt;
  }

  /** Ends the connection; `reason` is for the peer and for those who wait for answers. */
  close(code: number, reason: string): void {
    if (this.#closed || this.#closeReason !== undefined) return;
    this.#closeReason = reason;
    this.#socket.close(code, reason.slice(0, 120));
    // A peer that never answers the close would keep the socket for half a minute.
    const cancel = this.#clock.after(1000, () => this.#socket.terminate());
    this.#socket.once('close', cancel);
    this.#finish(reason);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#closed) return;
    this.#heardAt = this.#clock.monotonicMs();
    const message = isBinary ? undefined : parse(data);
    if (message === undefined || (message.type === 'hello') === (this.host !== undefined)) {
      this.#handlers.refused();
      this.close(
        CLOSE.protocol,
        message === undefined ? 'unreadable message' : 'hello comes once, first',
      );
      return;
    }
    switch (message.type) {
      case 'hello':
        this.#welcome(message);
        return;
      case 'heartbeat':
        return;
      case 'result':
        this.#take(message.id)?.resolve(message.value);
        return;
      case 'failure': {
        const pending = this.#take(message.id);
        pending?.reject(failure(this.#name, pending.command, message.problem));
        return;
      }
      default:
        this.#handlers.news(this, message);
    }
  }

  #welcome(hello: AgentHello): void {
    this.host = hello.host;
    try {
      this.#handlers.hello(this, hello);
    } catch (error) {
      this.host = undefined;
      const reason = error instanceof FerryError ? `${error.code}: ${error.message}` : 'refused';
      this.close(CLOSE.protocol, reason);
    }
  }

  /** An answer to a request that has timed out meanwhile finds nobody and is ignored. */
  #take(id: number): Outstanding | undefined {
    const pending = this.#outstanding.get(id);
    this.#outstanding.delete(id);
    pending?.cancelTimeout();
    return pending;
  }

  #tick(): void {
    const silent = this.#clock.monotonicMs() - this.#heardAt;
    const limit = this.host === undefined ? HELLO_MS : SILENCE_MS;
    if (silent >= limit) {
      // When this machine itself was stalled, the peer's messages wait to be read: look at them first.
      setImmediate(() => this.#closeIfSilent(limit));
    } else {
      this.#send({ method: 'heartbeat' });
    }
    this.#cancelTick = this.#clock.after(HEARTBEAT_MS, () => this.#tick());
  }

  #closeIfSilent(limit: number): void {
    const silent = this.#clock.monotonicMs() - this.#heardAt;
    if (silent >= limit) this.close(CLOSE.protocol, `silent for ${Math.round(silent)} ms`);
  }

  #send(message: object): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.#closeReason ??= 'it does not read';
      this.#socket.terminate();
      return;
    }
    this.#socket.send(JSON.stringify(message));
  }

  #finish(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeReason ??= reason;
    this.#cancelTick();
    for (const pending of this.#outstanding.values()) {
      pending.cancelTimeout();
      pending.reject(this.#gone());
    }
    this.#outstanding.clear();
    this.#handlers.closed(this, reason);
  }

  #gone(): FerryError {
    const message = `the connection to ${this.#name} is gone: ${this.#closeReason ?? 'closed'}`;
    return new FerryError('HOST_NOT_CONNECTED', message);
  }

  get #name(): string {
    return this.host === undefined ? 'the agent' : `the agent of ${this.host}`;
  }
}

function parse(data: RawData): AgentMessage | undefined {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  try {
    return agentMessage.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
}

function failure(
  name: string,
  command: AgentCommand,
  problem: { code: string; message: string; field?: string | undefined },
): FerryError {
  if (isErrorCode(problem.code))
    return new FerryError(problem.code, problem.message, problem.field);
  const message = `${name} refused ${command.method}: ${problem.code}: ${problem.message}`;
  return new FerryError('AGENT_REQUEST_FAILED', message, problem.field);
}
