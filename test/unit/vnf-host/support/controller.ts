/** A small controller: takes agents on /v1/agents, asks, and keeps what it is told. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  agentMessage,
  HEARTBEAT_MS,
  type AgentMessage,
  type AgentRequest,
} from '../../../../sdn-app/contract/agent.js';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
type Answer = Extract<AgentMessage, { type: 'result' | 'failure' }>;

/** Long, because the machine may stand still: a test that meets it has failed. */
const PATIENCE_MS = 30_000;

export class TestController {
  readonly messages: AgentMessage[] = [];
  readonly closes: number[] = [];
  readonly #server: WebSocketServer;
  #agent: WebSocket | undefined;
  #nextId = 1;
  #pulse: NodeJS.Timeout;
  /** Turned off to play a controller that hangs. */
  speaks = true;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (agent) => this.#accept(agent));
    this.#pulse = setInterval(() => this.#heartbeat(), HEARTBEAT_MS);
  }

  /** `confirms` false plays one that takes the bytes and reads none of them. */
  static async listen(port = 0, confirms = true): Promise<TestController> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port,
      path: '/v1/agents',
      autoPong: confirms,
    });
    await once(server, 'listening');
    return new TestController(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/v1/agents`;
  }

  #accept(agent: WebSocket): void {
    this.#agent = agent;
    agent.on('message', (data) => {
      const message = agentMessage.parse(JSON.parse((data as Buffer).toString('utf8')));
      this.messages.push(message);
      if (message.type === 'hello') this.#heartbeat();
    });
    agent.on('close', (code) => this.closes.push(code));
    agent.on('error', () => undefined);
  }

  #heartbeat(): void {
    if (this.speaks) this.#agent?.send(JSON.stringify({ method: 'heartbeat' }));
  }

  send(raw: string | Buffer): void {
    this.#agent?.send(raw);
  }

  /** Stops reading, as a controller that has just died. */
  pause(): void {
    this.#agent?.pause();
  }

  /** Cuts the connection without a close frame. */
  cut(): void {
    this.#agent?.terminate();
  }

  async close(): Promise<void> {
    clearInterval(this.#pulse);
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The first message, from `after` on, that `matches`. */
  async next<T extends AgentMessage['type']>(
    type: T,
    matches: (message: Extract<AgentMessage, { type: T }>) => boolean = () => true,
    after = 0,
  ): Promise<Extract<AgentMessage, { type: T }>> {
    const wanted = (message: AgentMessage): message is Extract<AgentMessage, { type: T }> =>
      message.type === type && matches(message as Extract<AgentMessage, { type: T }>);
    return until(() => this.messages.slice(after).find(wanted), `${type} from the agent`);
  }

  ask(request: WithoutId<AgentRequest>): Promise<Answer> {
    const id = this.#nextId++;
    this.send(JSON.stringify({ id, ...request }));
    return until(
      () => this.messages.find((each): each is Answer => 'id' in each && each.id === id),
      `answer to ${request.method}`,
    );
  }

  /** The value of a request that must succeed. */
  async get(request: WithoutId<AgentRequest>): Promise<unknown> {
    const answer = await this.ask(request);
    if (answer.type === 'result') return answer.value;
    throw new Error(`${request.method}: ${JSON.stringify(answer.problem)}`);
  }
}

export async function until<T>(look: () => T | undefined, what: string): Promise<T> {
  const began = performance.now();
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() - began > PATIENCE_MS) throw new Error(`no ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
