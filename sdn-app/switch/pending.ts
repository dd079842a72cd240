/** Requests that wait for their answer, by xid. Each ends: answer, error, timeout or close. */
import type { Message } from '../openflow/index.js';
import { SwitchError, refusedBy } from './errors.js';
import type { SwitchLimits } from './limits.js';

interface Entry {
  sent: Message;
  /** Takes an answer; true when no further one is to come. */
  take: (answer: Message) => boolean;
  fail: (error: SwitchError) => void;
  /** Undefined for messages that are answered only by an error: their sender releases them. */
  timer: NodeJS.Timeout | undefined;
}

export class PendingRequests {
  readonly #entries = new Map<number, Entry>();
  readonly #limits: SwitchLimits;
  /** Those that wait for an answer, not those that are watched. */
  #expected = 0;

  constructor(limits: SwitchLimits) {
    this.#limits = limits;
  }

  /** Throws SWITCH_BUSY when no further request may wait. */
  makeRoom(): void {
    const { requests } = this.#limits;
    if (this.#expected < requests) return;
    throw new SwitchError('SWITCH_BUSY', `${requests} requests wait for the switch's answer`);
  }

  has(xid: number): boolean {
    return this.#entries.has(xid);
  }

  /** Rejects with SWITCH_REFUSED, SWITCH_TIMEOUT or SWITCH_CLOSED. */
  expect(sent: Message, take: (answer: Message) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#expected += 1;
      this.#entries.set(sent.xid, {
        sent,
        take: (answer) => {
          const done = take(answer);
          if (done) resolve();
          return done;
        },
        fail: reject,
        timer: this.#startTimer(sent),
      });
    });
  }

  /** For a message that a switch answers only when it refuses it; `release` ends the watch. */
  watch(sent: Message, refused: (error: SwitchError) => void): void {
    this.#entries.set(sent.xid, { sent, take: () => false, fail: refused, timer: undefined });
  }

  release(xid: number): void {
    const entry = this.#entries.get(xid);
    if (entry === undefined) return;
    if (entry.timer !== undefined) {
      clearTimeout(entry.timer);
      this.#expected -= 1;
    }
    this.#entries.delete(xid);
  }

  /** False when nothing waits for this xid. */
  settle(message: Message): boolean {
    const entry = this.#entries.get(message.xid);
    if (entry === undefined) return false;
    if (message.type === 'error') {
      this.release(message.xid);
      entry.fail(refusedBy(message, entry.sent));
    } else if (entry.take(message)) {
      this.release(message.xid);
    } else {
      entry.timer?.refresh();
    }
    return true;
  }

  closeAll(error: SwitchError): void {
    const entries = [...this.#entries.values()];
    for (const { sent } of entries) this.release(sent.xid);
    for (const { fail } of entries) fail(error);
  }

  /**
   * When this process itself was stalled, timers run before the sockets are read: the answer may
   * be there already, so it gets one turn of the event loop more.
   */
  #startTimer(sent: Message): NodeJS.Timeout {
    return setTimeout(() => {
      setImmediate(() => this.#expire(sent));
    }, this.#limits.requestMs);
  }

  #expire(sent: Message): void {
    const entry = this.#entries.get(sent.xid);
    if (entry?.sent !== sent) return;
    this.release(sent.xid);
    const message = `no answer to ${sent.type} within ${this.#limits.requestMs} ms`;
    entry.fail(new SwitchError('SWITCH_TIMEOUT', message));
  }
}
