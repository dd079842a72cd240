/** A switch that is connected and known: what the rest of Ferry asks and tells it. */
import { EventEmitter } from 'node:events';
import {
  multipartRequest,
  multipartRequestBody,
  type FlowRemoved,
  type FlowStats,
  type GroupDescription,
  type ErrorMessage,
  type Message,
  type Outgoing,
  type PacketIn,
  type PlainMessage,
  type Port,
  type PortStatus,
} from '../openflow/index.js';
import type { Channel, ChannelCounters } from './channel.js';
import type { CloseReason } from './close-reason.js';
import type { SwitchIdentity } from './handshake.js';
import type { MultipartKind, MultipartOf } from './multipart.js';
import { Transactions, type CommitResult, type Guard, type PreparedCommit } from './transaction.js';

export interface SessionEvents {
  closed: [reason: CloseReason, detail: string];
  /** The port table has changed already. */
  portStatus: [status: PortStatus];
  packetIn: [packet: PacketIn];
  flowRemoved: [removed: FlowRemoved];
  /** An error that belongs to no request of ours. */
  strayError: [error: ErrorMessage];
  /** A listener of another event threw this at that message: its fault ends nothing. */
  listenerFailed: [message: Message['type'], error: unknown];
}

/** Description strings of the switch (OpenFlow 1.3.5 section 7.3.5.1). */
export interface SwitchDescription {
  manufacturer: string;
  hardware: string;
  software: string;
  serialNumber: string;
  datapath: string;
}

export class SwitchSession extends EventEmitter<SessionEvents> {
  readonly dpid: bigint;
  readonly description: SwitchDescription;
  readonly #channel: Channel;
  readonly #identity: SwitchIdentity;
  readonly #transactions: Transactions;

  /** Takes over the channel; call it in the turn in which the handshake ended. */
  constructor(channel: Channel, identity: SwitchIdentity) {
    super();
    this.#channel = channel;
    this.#identity = identity;
    this.#transactions = new Transactions(channel);
    this.dpid = identity.features.datapathId;
    this.description = identity.description;
    channel.onEvent = (message) => this.#onEvent(message);
    channel.onClosed = (reason, detail) => this.emit('closed', reason, detail);
  }

  /** Tells the listeners of the packets that came during the handshake; port changes are in `ports`. */
  catchUp(): void {
    for (const message of this.#identity.early.splice(0)) {
      if (message.type === 'packetIn' || message.type === 'flowRemoved') this.#onEvent(message);
    }
  }

  get connected(): boolean {
    return !this.#channel.closed;
  }

  get ports(): readonly Port[] {
    return this.#identity.ports.all;
  }

  /** Port number by name, without reserved ports. */
  get portNumbers(): ReadonlyMap<string, number> {
    return this.#identity.ports.numbers;
  }

  /** Names of the ports that are down. */
  get downPorts(): ReadonlySet<string> {
    return this.#identity.ports.down;
  }

  /** Whether the switch takes bundles; null until a commit has tried. */
  get bundles(): boolean | null {
    return this.#transactions.bundles;
  }

  get counters(): ChannelCounters {
    return this.#channel.counters;
  }

  /**
   * All of `messages` (flow-mods, group-mods, packet-outs) as one change; commits of one session
   * follow one another. Rejects with a SwitchError whose `outcome` says what the switch is left
   * with; in a bundle a refusal leaves it `unchanged`.
   */
  commit(messages: readonly PlainMessage[]): Promise<CommitResult> {
    return this.#transactions.commit(messages);
  }

  /** See `Transactions.prepare`. */
  prepare(messages: readonly PlainMessage[]): Promise<PreparedCommit | undefined> {
    return this.#transactions.prepare(messages);
  }

  /**
   * Sends messages that need no answer (packet-outs, flow-mods of the reactive path), as they are or
   * encoded once and for all; what the switch refuses comes as `strayError`. Throws SWITCH_BUSY or
   * SWITCH_CLOSED, nothing sent.
   */
  post(messages: readonly Outgoing[]): void {
    this.#channel.post(messages);
  }

  /** See `Transactions.send`: each message for itself, and a barrier. */
  send(messages: readonly PlainMessage[], guard: Guard): Promise<void> {
    return this.#transactions.send(messages, guard);
  }

  /** See `Transactions.bundle`: all of the messages, or none. */
  bundle(messages: readonly PlainMessage[], guard: Guard): Promise<void> {
    return this.#transactions.bundle(messages, guard);
  }

  /** Sends a request and resolves with its one answer; rejects with a SwitchError. */
  request<T extends Message['type']>(
    message: Message,
    answerType: T,
  ): Promise<Extract<Message, { type: T }>> {
    return this.#channel.request(message, answerType);
  }

  /** Sends a multipart request and resolves with all parts of its answer (section 7.3.5). */
  multipart<K extends MultipartKind>(
    request: Extract<Message, { type: 'multipartRequest' }>,
    kind: K,
  ): Promise<MultipartOf<K>[]> {
    return this.#channel.multipart(request, kind);
  }

  /** Resolves when the switch has handled everything sent before (section 7.3.8). */
  barrier(): Promise<void> {
    return this.#channel.barrier();
  }

  /** The groups that the switch has: the witness of a commit whose answer was lost. */
  async groups(): Promise<GroupDescription[]> {
    const request = multipartRequest({ body: multipartRequestBody.make.groupDesc() });
    const parts = await this.multipart(request, 'groupDesc');
    return parts.flatMap((part) => part.groups);
  }

  /** Flows of all tables whose cookie equals `cookie` in the bits of `cookieMask`. */
  async flows(filter: { cookie: bigint; cookieMask: bigint }): Promise<FlowStats[]> {
    const request = multipartRequest({
      body: multipartRequestBody.make.flow({ ...filter, match: [] }),
    });
    const parts = await this.multipart(request, 'flow');
    return parts.flatMap((part) => part.flows);
  }

  close(reason: CloseReason, detail: string): void {
    this.#channel.close(reason, detail);
  }

  #onEvent(message: Message): void {
    try {
      this.#tell(message);
    } catch (error) {
      this.emit('listenerFailed', message.type, error);
    }
  }

  #tell(message: Message): void {
    switch (message.type) {
      case 'portStatus':
        this.#identity.ports.apply(message);
        this.emit('portStatus', message);
        return;
      case 'packetIn':
        this.emit('packetIn', message);
        return;
      case 'flowRemoved':
        this.emit('flowRemoved', message);
        return;
      case 'error':
        this.emit('strayError', message);
        return;
      default:
        return;
    }
  }
}
