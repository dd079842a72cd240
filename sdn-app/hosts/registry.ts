/** The agents that are connected, by host name. A second connection of the same host replaces the first. */
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import { AGENT_PROTOCOL, type RunningInstance } from '../contract/agent.js';
import {
  checkpointInfo,
  restoreAnswer,
  stopAnswer,
  type CheckpointInfo,
  type ConnectionStanding,
  type RestoreAnswer,
  type StopAnswer,
} from '../contract/checkpoint.js';
import { FerryError } from '../contract/errors.js';
import type { InstanceFlows } from '../contract/flow-filter.js';
import { instanceStats, type InstanceSpec, type InstanceStats } from '../contract/instance.js';
import { Listeners } from '../listeners.js';
import { AgentLink, CLOSE, type AgentCommand, type AgentHello, type AgentNews } from './link.js';
import type {
  CheckpointParcel,
  CheckpointPort,
  HostEvent,
  HostPort,
  ImagePort,
  KnownInstance,
  PlainCall,
} from './port.js';

/** Starting a process on a busy machine takes seconds; a call to a running one does not. */
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;
const CALL_TIMEOUT_MS = 5000;
/** Looking for criu, the dump and its compression. */
const CHECKPOINT_TIMEOUT_MS = 90_000;
const COPY_TIMEOUT_MS = 120_000;
/** Connections that have not said hello yet. */
const MAX_STRANGERS = 64;

const examineAnswer = z.object({ state: z.string() });
const listenAnswer = z.object({ port: z.int().min(1).max(65535) });

interface ConnectedHost {
  link: AgentLink;
  instances: Map<string, KnownInstance>;
}

export class HostRegistry implements HostPort, CheckpointPort, ImagePort {
  /** Messages and connections that were refused since the start. */
  readonly counters = { messagesRefused: 0, connectionsRefused: 0 };
  readonly #declared: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #hosts = new Map<string, ConnectedHost>();
  readonly #strangers = new Set<AgentLink>();
  readonly #listeners = new Listeners<HostEvent>();
  /** Pids that a host had when it was last heard of: tells what ended while it was away. */
  readonly #lastPids = new Map<string, Map<string, number>>();
  #closed = false;

  constructor(declaredHosts: Iterable<string>, clock: Clock) {
    this.#declared = new Set(declaredHosts);
    this.#clock = clock;
  }

  get declared(): string[] {
    return [...this.#declared];
  }

  /** Takes over a WebSocket of `/v1/agents`. */
  accept(socket: WebSocket): void {
    const link = new AgentLink(socket, this.#clock, {
      hello: (from, hello) => this.#welcome(from, hello),
      news: (from, news) => this.#news(from, news),
      closed: (from, reason) => this.#lost(from, reason),
      refused: () => (this.counters.messagesRefused += 1),
    });
    this.#strangers.add(link);
    if (this.#closed || this.#strangers.size > MAX_STRANGERS) {
      this.counters.connectionsRefused += 1;
      link.close(CLOSE.tryLater, 'too many connections without a hello');
    }
  }

  connected(host: string): boolean {
    return this.#hosts.has(host);
  }

  instances(host: string): ReadonlyMap<string, KnownInstance> | undefined {
    return this.#hosts.get(host)?.instances;
  }

  async startInstance(host: string, spec: InstanceSpec): Promise<void> {
    await this.#request(host, { method: 'startInstance', spec }, START_TIMEOUT_MS);
    this.#know(host, spec, 0);
  }

  async stopInstance(host: string, instance: string, how?: 'abruptly'): Promise<StopAnswer> {
    const abruptly = how === undefined ? {} : { abruptly: true as const };
    const command = { method: 'stopInstance' as const, instance, ...abruptly };
    const answer = await this.#request(host, command, STOP_TIMEOUT_MS);
    this.#hosts.get(host)?.instances.delete(instance);
    return this.#checked(host, command.method, stopAnswer, answer);
  }

  async listen(
    host: string,
    instance: string,
    address: string,
    token: string,
    silenceMs?: number,
    flows?: InstanceFlows,
  ): Promise<number> {
    const standing = silenceMs === undefined ? {} : { silenceMs };
    const part = flows === undefined ? {} : { flows };
    const call = { method: 'listen' as const, address, token, ...standing, ...part };
    const answer = await this.#request(host, { method: 'callInstance', instance, call });
    return this.#checked(host, 'listen', listenAnswer, answer).port;
  }

  async listenReplica(
    host: string,
    instance: string,
    address: string,
    token: string,
    silenceMs: number,
    parts: readonly InstanceFlows[],
  ): Promise<number> {
    const listen = { address, token, silenceMs, parts: [...parts] };
    const call = { method: 'listenReplica' as const, ...listen };
    const answer = await this.#request(host, { method: 'callInstance', instance, call });
    return this.#checked(host, call.method, listenAnswer, answer).port;
  }

  async stats(host: string, instance: string): Promise<InstanceStats> {
    const call = { method: 'stats' as const };
    const answer = await this.#request(host, { method: 'callInstance', instance, call });
    return this.#checked(host, 'stats', instanceStats, answer);
  }

  async call(host: string, instance: string, call: PlainCall): Promise<void> {
    await this.#request(host, { method: 'callInstance', instance, call });
  }

  async checkpoint(host: string, instance: string, keep: number): Promise<CheckpointInfo> {
    const command = { method: 'checkpointInstance' as const, instance, keep };
    const answer = await this.#request(host, command, CHECKPOINT_TIMEOUT_MS);
    return this.#checked(host, command.method, checkpointInfo, answer);
  }

  async freeze(host: string, instance: string, keep: number): Promise<CheckpointInfo> {
    const command = { method: 'freezeInstance' as const, instance, keep };
    const answer = await this.#request(host, command, CHECKPOINT_TIMEOUT_MS);
    return this.#checked(host, command.method, checkpointInfo, answer);
  }

  async thaw(host: string, instance: string): Promise<void> {
    await this.#request(host, { method: 'thawInstance', instance });
  }

  async checkpoints(host: string): Promise<CheckpointInfo[]> {
    const answer = await this.#request(host, { method: 'listCheckpoints' });
    return this.#checked(host, 'listCheckpoints', z.array(checkpointInfo), answer);
  }

  async verifyCheckpoint(host: string, checkpoint: string): Promise<void> {
    await this.#request(host, { method: 'verifyCheckpoint', checkpoint }, COPY_TIMEOUT_MS);
  }

  async restore(
    host: string,
    spec: InstanceSpec,
    checkpoint: string,
    connections: readonly ConnectionStanding[],
  ): Promise<RestoreAnswer> {
    const from = { checkpoint, connections: [...connections] };
    const command = { method: 'restoreInstance' as const, spec, ...from };
    const answer = await this.#request(host, command, CHECKPOINT_TIMEOUT_MS);
    const restored = this.#checked(host, command.method, restoreAnswer, answer);
    this.#know(host, spec, restored.pid);
    return restored;
  }

  async readyCheckpoint(host: string, spec: InstanceSpec, checkpoint: string): Promise<void> {
    const command = { method: 'readyCheckpoint' as const, spec, checkpoint };
    await this.#request(host, command, CHECKPOINT_TIMEOUT_MS);
  }

  async dropReady(host: string, vnf: string): Promise<void> {
    await this.#request(host, { method: 'dropReady', vnf });
  }

  async receiveCheckpoint(
    host: string,
    address: string,
    token: string,
    keep: number,
  ): Promise<number> {
    const command = { method: 'receiveCheckpoint' as const, address, token, keep };
    const answer = await this.#request(host, command);
    return this.#checked(host, command.method, listenAnswer, answer).port;
  }

  async examine(host: string, instance: string): Promise<string> {
    const answer = await this.#request(host, { method: 'examineInstance', instance });
    return this.#checked(host, 'examineInstance', examineAnswer, answer).state;
  }

  async setHeartbeat(host: string, everyMs: number): Promise<void> {
    await this.#request(host, { method: 'setHeartbeat', everyMs });
  }

  heardAgo(host: string): number {
    return this.#hosts.get(host)?.link.heardAgo() ?? Infinity;
  }

  async sendCheckpoint(host: string, parcel: CheckpointParcel): Promise<void> {
    await this.#request(host, { method: 'sendCheckpoint', ...parcel }, COPY_TIMEOUT_MS);
  }

  subscribe(listener: (event: HostEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  close(): void {
    this.#closed = true;
    const links = [...this.#strangers, ...[...this.#hosts.values()].map((host) => host.link)];
    for (const link of links) link.close(CLOSE.normal, 'the controller stops');
  }

  /** A pid of 0 comes with the next hello or restart; until then only the id counts. */
  #know(host: string, { id, vnf }: InstanceSpec, pid: number): void {
    const known = this.#hosts.get(host)?.instances;
    if (known?.has(id) === false) known.set(id, { id, vnf, pid, running: true, stats: undefined });
  }

  #request(host: string, command: AgentCommand, timeoutMs = CALL_TIMEOUT_MS): Promise<unknown> {
    const connected = this.#hosts.get(host);
    if (connected === undefined) {
      const message = `the agent of ${host} is not connected`;
      return Promise.reject(new FerryError('HOST_NOT_CONNECTED', message));
    }
    return connected.link.request(command, timeoutMs);
  }

  #checked<T>(host: string, method: string, schema: z.ZodType<T>, answer: unknown): T {
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    const message = `the agent of ${host} answered ${method} with something else: ${parsed.error.message}`;
    throw new FerryError('AGENT_REQUEST_FAILED', message);
  }

  #welcome(link: AgentLink, hello: AgentHello): void {
    this.#strangers.delete(link);
    if (hello.protocol !== AGENT_PROTOCOL) {
      this.counters.connectionsRefused += 1;
      const message = `agent protocol ${hello.protocol} is not ${AGENT_PROTOCOL}`;
      throw new FerryError('REQUEST_INVALID', message, 'protocol');
    }
    if (!this.#declared.has(hello.host)) {
      this.counters.connectionsRefused += 1;
      const message = `the topology declares no host ${hello.host} with an agent`;
      throw new FerryError('HOST_UNKNOWN', message, 'host');
    }
    this.#hosts.get(hello.host)?.link.close(CLOSE.normal, 'replaced by a newer connection');
    const instances = new Map(hello.instances.map((each) => [each.id, toKnown(each)]));
    this.#hosts.set(hello.host, { link, instances });
    this.#listeners.emit({ type: 'connected', host: hello.host });
    this.#tellWhatEnded(hello);
    for (const { id, missed } of hello.instances) {
      for (const event of missed) this.#emitEvent(hello.host, id, event);
    }
  }

  #tellWhatEnded(hello: AgentHello): void {
    const { host } = hello;
    const now = new Map(hello.instances.map((each) => [each.id, each.pid]));
    for (const [instance, pid] of this.#lastPids.get(host) ?? []) {
      const pidNow = now.get(instance);
      if (pidNow === pid || (pid === 0 && pidNow !== undefined)) continue;
      const reason = 'it ended while its agent was away';
      const restarting = pidNow !== undefined;
      this.#listeners.emit({ type: 'instanceExited', host, instance, reason, restarting });
      if (restarting) this.#listeners.emit({ type: 'instanceRestarted', host, instance });
    }
    this.#lastPids.delete(host);
  }

  #news(link: AgentLink, news: AgentNews): void {
    const host = link.host;
    const connected = host === undefined ? undefined : this.#hosts.get(host);
    if (host === undefined || connected?.link !== link) return;
    const { instance } = news;
    switch (news.type) {
      case 'instanceEvent':
        this.#emitEvent(host, instance, news.event);
        return;
      case 'instanceDying':
        this.#listeners.emit({ type: 'instanceDying', host, instance });
        return;
      case 'instanceExited': {
        const { reason, restarting } = news;
        const known = connected.instances.get(instance);
        if (known !== undefined) known.running = false;
        if (!restarting) connected.instances.delete(instance);
        this.#listeners.emit({ type: 'instanceExited', host, instance, reason, restarting });
        return;
      }
      case 'instanceRestarted': {
        const known = connected.instances.get(instance);
        if (known !== undefined) Object.assign(known, { pid: news.pid, running: true });
        this.#listeners.emit({ type: 'instanceRestarted', host, instance });
      }
    }
  }

  #emitEvent(
    host: string,
    instance: string,
    event: Extract<HostEvent, { type: 'instanceEvent' }>['event'],
  ): void {
    const known = this.#hosts.get(host)?.instances.get(instance);
    if (known !== undefined && 'stats' in event) known.stats = event.stats;
    this.#listeners.emit({ type: 'instanceEvent', host, instance, event });
  }

  #lost(link: AgentLink, reason: string): void {
    this.#strangers.delete(link);
    const host = link.host;
    if (host === undefined) return;
    const connected = this.#hosts.get(host);
    if (connected?.link !== link) return;
    this.#hosts.delete(host);
    const pids = [...connected.instances.values()].map((each) => [each.id, each.pid] as const);
    this.#lastPids.set(host, new Map(pids));
    this.#listeners.emit({ type: 'disconnected', host, reason });
  }
}

function toKnown(running: RunningInstance): KnownInstance {
  const { id, vnf, pid, stats } = running;
  return { id, vnf, pid, running: true, stats };
}
