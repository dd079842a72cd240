/** The agent's side of one instance's control socket: calls with answers, events, its end. */
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { messageOf } from '../sdn-app/contract/errors.js';
import {
  instanceEvent,
  instanceId,
  instanceStats,
  type InstanceEvent,
} from '../sdn-app/contract/instance.js';
import { LineSplitter } from './instance/lines.js';
import { ProblemError } from './instance/problem.js';
import type {
  ControlCall,
  ControlMessage,
  ControlRequest,
  JsonValue,
} from './instance/protocol.js';

const requestId = z.int().min(1);

const controlMessage: z.ZodType<ControlMessage> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    id: instanceId,
    pid: z.int().min(1),
    mode: instanceStats.shape.mode,
  }),
  z.strictObject({ type: z.literal('result'), id: requestId, value: z.json() }),
  z.strictObject({
    type: z.literal('failure'),
    id: requestId,
    problem: z.strictObject({
      code: z.string(),
      message: z.string(),
      field: z.string().optional(),
    }),
  }),
  z.strictObject({ type: z.literal('event'), event: instanceEvent }),
]);

export type InstanceHello = Extract<ControlMessage, { type: 'hello' }>;

export interface InstanceLinkHandlers {
  event: (event: InstanceEvent) => void;
  /** Once, after the last event: the instance has gone, or has closed the connection. */
  closed: (reason: string) => void;
}

interface Waiting {
  resolve: (value: JsonValue) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

export class InstanceLink {
  readonly #socket: Socket;
  readonly #handlers: InstanceLinkHandlers;
  readonly #splitter = new LineSplitter();
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #reason = 'the instance closed its control socket';
  #hello: ((hello: InstanceHello) => void) | undefined;

  private constructor(socket: Socket, handlers: InstanceLinkHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
  }

  /**
   * Connects and waits for the greeting, `timeoutMs` at most. Rejects when nobody listens (yet);
   * `closed` is then not called.
   */
  static async open(
    path: string,
    timeoutMs: number,
    handlers: InstanceLinkHandlers,
  ): Promise<{ link: InstanceLink; hello: InstanceHello }> {
    const socket = connect(path);
    const link = new InstanceLink(socket, handlers);
    const hello = await new Promise<InstanceHello>((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.destroy(new Error(`no greeting within ${timeoutMs} ms`));
      }, timeoutMs);
      socket.on('error', (error) => {
        link.#reason = error.message;
      });
      socket.on('data', (chunk) => link.#receive(chunk));
      socket.on('close', () => {
        clearTimeout(timer);
        if (link.#hello === undefined) link.#closed();
        else reject(new Error(link.#reason));
      });
      link.#hello = (greeting) => {
        clearTimeout(timer);
        link.#hello = undefined;
        resolve(greeting);
      };
    });
    return { link, hello };
  }

  /** The instance's answer; rejects with its problem, or AGENT_TIMEOUT, or INSTANCE_FAILED. */
  async call(call: ControlCall, timeoutMs: number): Promise<JsonValue> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new ProblemError('INSTANCE_FAILED', this.#reason));
        return;
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        const text = `the instance did not answer ${call.method} within ${timeoutMs} ms`;
        reject(new ProblemError('AGENT_TIMEOUT', text));
      }, timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.write(`${JSON.stringify({ id, call } satisfies ControlRequest)}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const line of this.#splitter.push(chunk)) {
        this.#take(controlMessage.parse(JSON.parse(line)));
      }
    } catch (error) {
      // Not ours to guess at: drop the connection, the supervisor looks what became of the process.
      const detail = messageOf(error);
      this.#socket.destroy(new Error(`unreadable control message: ${detail}`));
    }
  }

  #take(message: ControlMessage): void {
    switch (message.type) {
      case 'hello':
        this.#hello?.(message);
        return;
      case 'event':
        this.#handlers.event(message.event);
        return;
      case 'result':
        this.#settle(message.id)?.resolve(message.value);
        return;
      case 'failure': {
        const { code, message: text, field } = message.problem;
        this.#settle(message.id)?.reject(new ProblemError(code, text, field));
      }
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    return waiting;
  }

  #closed(): void {
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id)?.reject(new ProblemError('INSTANCE_FAILED', this.#reason));
    }
    this.#handlers.closed(this.#reason);
  }
}
