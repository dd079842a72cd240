/** The Unix socket that an instance listens on for its agent, whichever agent that is by now. */
import { createServer, type Server, type Socket } from 'node:net';
import type { InstanceEvent } from '../../sdn-app/contract/instance.js';
import { checkCall, readRequest } from './calls.js';
import { LineSplitter, MAX_LINE_BYTES } from './lines.js';
import { toProblem } from './problem.js';
import {
  isOfTheMoment,
  MAX_KEPT_EVENTS,
  type ControlMessage,
  type DatapathCall,
  type JsonValue,
} from './protocol.js';

/** How long the answer to `stop` may take to get out. */
const STOP_GRACE_MS = 200;

export interface ControlHandlers {
  greeting: () => ControlMessage;
  call: (call: DatapathCall) => JsonValue;
  /** Ends the datapath; the process goes once the answer is out. */
  stop: () => void;
}

export class ControlSocket {
  readonly #handlers: ControlHandlers;
  readonly #server: Server;
  #agent: Socket | undefined;
  /** Events that happened while no agent was there, oldest first. */
  #kept: InstanceEvent[] = [];

  constructor(handlers: ControlHandlers) {
    this.#handlers = handlers;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
  }

  /** What is of the moment is for a listener; all else waits for the next agent when there is none. */
  publish(event: InstanceEvent): void {
    const agent = this.#agent;
    if (isOfTheMoment(event)) {
      if (agent !== undefined && agent.writableLength < MAX_LINE_BYTES) {
        send(agent, { type: 'event', event });
      }
      return;
    }
    if (agent !== undefined && !agent.destroyed) {
      // One that was killed just now is still taken for connected: the event is for its successor.
      send(agent, { type: 'event', event }, (error) => {
        if (error) this.publish(event);
      });
      return;
    }
    if (this.#kept.length === MAX_KEPT_EVENTS) this.#kept.shift();
    this.#kept.push(event);
  }

  #accept(socket: Socket): void {
    // An agent that was killed may not have closed yet when its successor comes: the newest counts.
    this.#agent?.destroy();
    this.#agent = socket;
    const splitter = new LineSplitter();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#agent === socket) this.#agent = undefined;
    });
    socket.on('data', (chunk) => {
      try {
        for (const line of splitter.push(chunk)) this.#take(socket, line);
      } catch {
        socket.destroy();
      }
    });
    send(socket, this.#handlers.greeting());
    for (const event of this.#kept) send(socket, { type: 'event', event });
    this.#kept = [];
  }

  /** Throws for a line that has no id to answer to. */
  #take(socket: Socket, line: string): void {
    const request = readRequest(line);
    if (request === undefined) throw new Error('not a request');
    const { id } = request;
    try {
      const call = checkCall(request.call);
      if (call.method === 'stop') {
        this.#handlers.stop();
        send(socket, { type: 'result', id, value: {} });
        socket.end(() => process.exit(0));
        // An agent that is gone takes no answer: the process ends all the same.
        setTimeout(() => process.exit(0), STOP_GRACE_MS);
        return;
      }
      if (call.method === 'unlink') {
        this.#agent = undefined;
        send(socket, { type: 'result', id, value: {} }, () => socket.destroy());
        return;
      }
      send(socket, { type: 'result', id, value: this.#handlers.call(call) });
    } catch (error) {
      send(socket, { type: 'failure', id, problem: toProblem(error) });
    }
  }
}

/** Four unread lines of the greatest length: that agent no longer reads, and must connect again. */
const MAX_UNREAD_BYTES = 4 * MAX_LINE_BYTES;

function send(
  socket: Socket,
  message: ControlMessage,
  sent?: (error?: Error | null) => void,
): void {
  if (socket.writableLength > MAX_UNREAD_BYTES) {
    socket.destroy();
    return;
  }
  socket.write(`${JSON.stringify(message)}\n`, sent);
}
