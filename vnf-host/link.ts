/** The agent's connection to the controller: hello, heartbeats, requests and answers, events. */
import { WebSocket, type RawData } from 'ws';
import {
  AGENT_PROTOCOL,
  controllerMessage,
  HEARTBEAT_MS,
  MAX_MESSAGE_BYTES,
  SILENCE_MS,
  type AgentMessage,
  type AgentRequest,
  type RunningInstance,
} from '../sdn-app/contract/agent.js';
import { ProblemError, toProblem } from './instance/problem.js';
import type { JsonValue } from './instance/protocol.js';
import type { Log } from './log.js';
import { Outbox } from './outbox.js';
import type { SupervisorEvent } from './surroundings.js';

const RETRY_FIRST_MS = 50;
const RETRY_MOST_MS = 2000;
const CONNECT_MS = 3000;
const MAX_OUTSTANDING = 64;
/** Unsent bytes from which progress is left out, and from which the controller counts as stuck. */
const UNSENT_PROGRESS_BYTES = MAX_MESSAGE_BYTES;
const UNSENT_MOST_BYTES = 8 * MAX_MESSAGE_BYTES;
/** WebSocket close code: a message that breaks the contract (RFC 6455 section 7.4.1). */
const POLICY_VIOLATION = 1008;

/** All but those that the connection itself obeys. */
type HandledRequest = Exclude<AgentRequest, { method: 'setHeartbeat' }>;

export interface LinkOptions {
  url: string;
  host: string;
  version: string;
  log: Log;
  handle: (request: HandledRequest) => Promise<JsonValue>;
  list: () => Promise<RunningInstance[]>;
  /** At every heartbeat. */
  beat: () => void;
}

export interface LinkCounters {
  connections: number;
  /** Messages that broke the contract; each has cost its connection. */
  garbage: number;
  /** Connections given up because nothing was heard for SILENCE_MS. */
  silences: number;
}

export class ControllerLink {
  readonly counters: LinkCounters = { connections: 0, garbage: 0, silences: 0 };
  readonly #options: LinkOptions;
  readonly #outbox = new Outbox();
  #socket: WebSocket | undefined;
  /** The hello is out on this connection. */
  #greeted = false;
  #openedAt = 0;
  #lastHeard = 0;
  #outstanding = 0;
  #retryMs = RETRY_FIRST_MS;
  #retryTimer: NodeJS.Timeout | undefined;
  #pulse: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Connects, and again whenever the connection is lost, until close(). */
  start(): void {
    const socket = new WebSocket(this.#options.url, {
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_MS,
    });
    this.#socket = socket;
    this.#outstanding = 0;
    socket.on('open', () => void this.#opened(socket));
    socket.on('message', (data, isBinary) => this.#receive(socket, data, isBinary));
    socket.on('pong', (data) => this.#outbox.confirm(Number(data.toString('latin1'))));
    socket.on('error', (error) => {
      // The first of a series is worth a line, its repetitions are not.
      const level = this.#retryMs === RETRY_FIRST_MS ? 'warn' : 'debug';
      this.#options.log(level, `${this.#options.url}: ${error.message}; trying again`);
    });
    socket.on('close', (code, reason) => this.#lost(socket, code, reason.toString('utf8')));
  }

  /** Tells the controller now, or as soon as it is there. */
  report(event: SupervisorEvent): void {
    const kept = this.#outbox.record(event);
    const socket = this.#socket;
    if (socket === undefined || !this.#greeted) return;
    if (!kept && socket.bufferedAmount > UNSENT_PROGRESS_BYTES) return;
    this.#send(socket, event);
    if (kept) this.#askToConfirm(socket);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    clearInterval(this.#pulse);
    this.#socket?.close(1001);
    // A controller that does not answer the close must not keep the agent from ending.
    setTimeout(() => this.#socket?.terminate(), RETRY_MOST_MS).unref();
  }

  async #opened(socket: WebSocket): Promise<void> {
    this.counters.connections += 1;
    this.#openedAt = performance.now();
    this.#lastHeard = this.#openedAt;
    this.#beatEvery(socket, HEARTBEAT_MS);
    const instances = await this.#options.list();
    if (socket.readyState !== WebSocket.OPEN) return;
    this.#send(socket, {
      type: 'hello',
      protocol: AGENT_PROTOCOL,
      host: this.#options.host,
      version: this.#options.version,
      instances: this.#outbox.withMissed(instances),
    });
    for (const event of this.#outbox.lives()) this.#send(socket, event);
    this.#askToConfirm(socket);
    this.#greeted = true;
    this.#options.log('info', `connected to ${this.#options.url}`);
  }

  #beat(socket: WebSocket): void {
    this.#options.beat();
    if (this.#greeted) this.#send(socket, { type: 'heartbeat' });
    if (performance.now() - this.#lastHeard < SILENCE_MS) return;
    // If this process itself stood still, what came meanwhile is read before the verdict.
    setImmediate(() => {
      if (performance.now() - this.#lastHeard < SILENCE_MS) return;
      this.counters.silences += 1;
      this.#options.log('warn', `nothing heard from the controller for ${SILENCE_MS} ms`);
      socket.terminate();
    });
  }

  #receive(socket: WebSocket, data: RawData, isBinary: boolean): void {
    const message = isBinary ? undefined : readMessage(data);
    if (message === undefined) {
      this.counters.garbage += 1;
      this.#options.log('warn', 'the controller sent a message that breaks the contract');
      socket.close(POLICY_VIOLATION, 'unreadable message');
      return;
    }
    this.#lastHeard = performance.now();
    if (message.method !== 'heartbeat') void this.#answer(socket, message);
  }

  async #answer(socket: WebSocket, request: AgentRequest): Promise<void> {
    const { id } = request;
    if (this.#outstanding >= MAX_OUTSTANDING) {
      const text = `${MAX_OUTSTANDING} requests are outstanding: wait for answers first`;
      const problem = toProblem(new ProblemError('AGENT_REQUEST_FAILED', text));
      this.#send(socket, { type: 'failure', id, problem });
      return;
    }
    this.#outstanding += 1;
    let answer: AgentMessage;
    try {
      answer = { type: 'result', id, value: await this.#obey(socket, request) };
    } catch (error) {
      answer = { type: 'failure', id, problem: toProblem(error) };
    }
    // The answer belongs to the connection that asked.
    if (socket !== this.#socket) return;
    this.#outstanding -= 1;
    this.#send(socket, answer);
  }

  async #obey(socket: WebSocket, request: AgentRequest): Promise<JsonValue> {
    if (request.method !== 'setHeartbeat') return this.#options.handle(request);
    if (socket === this.#socket) this.#beatEvery(socket, request.everyMs);
    return {};
  }

  #beatEvery(socket: WebSocket, everyMs: number): void {
    clearInterval(this.#pulse);
    this.#pulse = setInterval(() => this.#beat(socket), everyMs);
  }

  #send(socket: WebSocket, message: AgentMessage): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > UNSENT_MOST_BYTES) {
      this.#options.log('warn', 'the controller does not read: connecting again');
      socket.terminate();
      return;
    }
    socket.send(JSON.stringify(message));
  }

  /** A ping comes back after everything before it was read (RFC 6455 sections 5.5.2 and 5.5.3). */
  #askToConfirm(socket: WebSocket): void {
    if (socket.readyState === WebSocket.OPEN) socket.ping(String(this.#outbox.seq));
  }

  #lost(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.#socket) return;
    clearInterval(this.#pulse);
    const why = reason === '' ? `code ${code}` : reason;
    if (this.#greeted) this.#options.log('warn', `connection to the controller lost: ${why}`);
    // A connection that lasted was a good one: only those that fail at once are spaced out.
    const lasted = this.#greeted && performance.now() - this.#openedAt > RETRY_MOST_MS;
    if (lasted) this.#retryMs = RETRY_FIRST_MS;
    this.#greeted = false;
    if (this.#closed) return;
    // Jitter: the agents of many hosts lose one controller at the same moment.
    const wait = this.#retryMs * (0.5 + Math.random() / 2);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MOST_MS);
    this.#retryTimer = setTimeout(() => this.start(), wait);
  }
}

function readMessage(data: RawData) {
  try {
    // Text frames arrive as one Buffer: the library's default.
    return controllerMessage.parse(JSON.parse((data as Buffer).toString('utf8')));
  } catch {
    return undefined;
  }
}
