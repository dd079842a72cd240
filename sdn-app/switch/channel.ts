/**
 * A connection on which both sides speak in turn: xids, requests and their answers, echo both ways
 * (OpenFlow 1.3.5 sections 6.2 and 7.5). What nobody asked for goes to `onEvent`.
 */
import type { Socket } from 'node:net';
import {
  barrierRequest,
  echoReply,
  echoRequest,
  withXid,
  type Message,
  type Outgoing,
} from '../openflow/index.js';
import type { CloseReason } from './close-reason.js';
import { Connection, type ConnectionCounters } from './connection.js';
import { SwitchError } from './errors.js';
import type { SwitchLimits } from './limits.js';
import { collectParts, type MultipartKind, type MultipartOf } from './multipart.js';
import { PendingRequests } from './pending.js';
import type { WriteBudget } from './write-budget.js';

type MessageOf<T extends Message['type']> = Extract<Message, { type: T }>;

export interface ChannelCounters extends ConnectionCounters {
  /** Answers and errors whose xid nobody waits for. */
  unclaimed: number;
}

export class Channel {
  readonly limits: SwitchLimits;
  onEvent: (message: Message) => void = () => undefined;
  onClosed: (reason: CloseReason, detail: string) => void = () => undefined;
  readonly #connection: Connection;
  readonly #pending: PendingRequests;
  #xid = 0;
  #unclaimed = 0;
  #heard = false;
  #missed = 0;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(socket: Socket, limits: SwitchLimits, budget: WriteBudget) {
    this.limits = limits;
    this.#pending = new PendingRequests(limits);
    this.#connection = new Connection(socket, limits, budget);
    this.#connection.onMessage = (message) => this.#receive(message);
    this.#connection.onClosed = (reason, detail) => {
      clearInterval(this.#keepAlive);
      this.#pending.closeAll(new SwitchError('SWITCH_CLOSED', detail));
      this.onClosed(reason, detail);
    };
  }

  get counters(): ChannelCounters {
    return { ...this.#connection.counters, unclaimed: this.#unclaimed };
  }

  get closed(): boolean {
    return this.#connection.closed;
  }

  close(reason: CloseReason, detail: string): void {
    this.#connection.close(reason, detail);
  }

  /** The message with an xid that nothing else waits on; 0 is never used. */
  number<M extends Message>(message: M): M {
    do {
      this.#xid = (this.#xid % 0xffff_ffff) + 1;
    } while (this.#pending.has(this.#xid));
    return withXid(message, this.#xid);
  }

  /** Sends messages as they are, xid and all; throws SwitchError when it cannot. */
  post(messages: readonly Outgoing[]): void {
    this.#connection.send(messages);
  }

  /** What was sent in this turn goes out now, not at its end. */
  flush(): void {
    this.#connection.flush();
  }

  /** Sends `before` (numbered already) and a request in one go; resolves with the one answer. */
  async request<T extends Message['type']>(
    message: Message,
    answerType: T,
    before: readonly Message[] = [],
  ): Promise<MessageOf<T>> {
    this.#pending.makeRoom();
    const sent = this.number(message);
    this.post([...before, sent]);
    let answer: MessageOf<T> | undefined;
    await this.#pending.expect(sent, (received) => {
      if (received.type === answerType) answer = received as MessageOf<T>;
      else this.close('protocolError', `${received.type} answers ${sent.type}`);
      return answer !== undefined;
    });
    if (answer === undefined) throw new SwitchError('SWITCH_CLOSED', 'the answer did not fit');
    return answer;
  }

  /** All parts of a multipart answer. */
  async multipart<K extends MultipartKind>(
    request: Extract<Message, { type: 'multipartRequest' }>,
    kind: K,
  ): Promise<MultipartOf<K>[]> {
    this.#pending.makeRoom();
    const sent = this.number(request);
    this.post([sent]);
    const { parts, take } = collectParts(kind, this.limits.multipartParts, (problem) =>
      this.close('protocolError', problem),
    );
    await this.#pending.expect(sent, take);
    return parts;
  }

  async barrier(before: readonly Message[] = []): Promise<void> {
    await this.request(barrierRequest({}), 'barrierReply', before);
  }

  /** Collects the errors that come for these messages until `release`, in the order of arrival. */
  watch(messages: readonly Message[]): { refusals: SwitchError[]; release: () => void } {
    const refusals: SwitchError[] = [];
    for (const message of messages) {
      this.#pending.watch(message, (error) => {
        if (error.code === 'SWITCH_REFUSED') refusals.push(error);
      });
    }
    return {
      refusals,
      release: () => messages.forEach(({ xid }) => this.#pending.release(xid)),
    };
  }

  startKeepAlive(): void {
    if (this.closed) return;
    this.#keepAlive = setInterval(
      () => setImmediate(() => this.#tick()),
      this.limits.echoIntervalMs,
    );
  }

  #tick(): void {
    if (this.closed) return;
    if (this.#connection.paused) {
      // It cannot be heard; whether it reads is watched by the connection.
      this.#missed = 0;
      return;
    }
    this.#missed = this.#heard ? 0 : this.#missed + 1;
    this.#heard = false;
    if (this.#missed >= this.limits.missedEchoes) {
      this.close('keepAliveTimeout', `nothing heard for ${this.#missed} echo intervals`);
      return;
    }
    this.#connection.answer(this.number(echoRequest({})));
  }

  #receive(message: Message): void {
    this.#heard = true;
    switch (message.type) {
      case 'echoRequest':
        this.#connection.answer(echoReply({ xid: message.xid, data: message.data }));
        return;
      case 'echoReply':
        return;
      case 'hello':
      case 'packetIn':
      case 'flowRemoved':
      case 'portStatus':
        this.onEvent(message);
        return;
      default:
        if (this.#pending.settle(message)) return;
        this.#unclaimed += 1;
        if (message.type === 'error') this.onEvent(message);
    }
  }
}
