/**
 * Commits: several messages as one change of a switch. By an atomic and ordered bundle (ONF
 * EXT-230) where the switch takes it; else in order, with a barrier after each kind of message and
 * packet-outs last, so that no packet-out runs ahead of the flows.
 */
import {
  bundleAdd,
  bundleControl,
  encode,
  type BundleControl,
  type Message,
  type PlainMessage,
} from '../openflow/index.js';
import type { Channel } from './channel.js';
import { SwitchError, type CommitOutcome } from './errors.js';
import { Turns } from './turns.js';

const FLAGS: BundleControl['flags'] = ['atomic', 'ordered'];

export interface CommitResult {
  /** True when the switch took it as one bundle. */
  bundle: boolean;
}

/** Says in its turn whether messages may go out: rejects when they may not. */
export type Guard = () => Promise<void>;

export class Transactions {
  /** Whether the switch takes bundles; null until it was asked. */
  bundles: boolean | null = null;
  readonly #channel: Channel;
  readonly #turns: Turns;
  /** Of commands from outside: one of them at a time waits among Ferry's own commits. */
  readonly #guests: Turns;
  #bundleId = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#turns = new Turns(channel.limits.commits);
    this.#guests = new Turns(channel.limits.commits);
  }

  /** One at a time, in the order of the calls. Rejects with a SwitchError that has an outcome. */
  commit(messages: readonly PlainMessage[]): Promise<CommitResult> {
    return this.#turns.run(() => this.#commit(messages));
  }

  /** Makes the bytes that a commit would send, and sends none: a program's first time takes longest. */
  rehearse(messages: readonly PlainMessage[]): void {
    for (const message of messages) encode(bundleAdd({ bundleId: 1, flags: FLAGS, message }));
  }

  /**
   * Messages as they are, each for itself, and a barrier. Rejects with the first refusal; those
   * after it were handled all the same. `guard` runs when it is their turn, with no other commit
   * under way; nothing is sent when it rejects.
   */
  send(messages: readonly PlainMessage[], guard: Guard): Promise<void> {
    return this.#asGuest(async () => {
      await guard();
      const numbered = messages.map((message) => this.#channel.number(message));
      const { refusals, release } = this.#channel.watch(numbered);
      try {
        await this.#channel.barrier(numbered);
      } catch (error) {
        throw withOutcome(error, isLost(error) ? 'unknown' : 'unchanged');
      } finally {
        release();
      }
      const [refusal] = refusals;
      if (refusal !== undefined) {
        throw refusal.withOutcome(refusals.length < messages.length ? 'partial' : 'unchanged');
      }
    });
  }

  /** All of the messages in one bundle, or none of them: SWITCH_REFUSED when that cannot be. */
  bundle(messages: readonly PlainMessage[], guard: Guard): Promise<void> {
    return this.#asGuest(async () => {
      await guard();
      const unsuited = await this.#bundle(messages);
      if (unsuited !== undefined) throw unsuited.withOutcome('unchanged');
    });
  }

  /** Behind others that a switch does not answer, it waits no longer than for an answer. */
  #asGuest(task: () => Promise<void>): Promise<void> {
    const { requestMs } = this.#channel.limits;
    const latest = performance.now() + requestMs;
    return this.#guests.run(() => {
      if (performance.now() <= latest) return this.#turns.run(task);
      const message = `others wait for the switch since ${requestMs} ms`;
      throw new SwitchError('SWITCH_TIMEOUT', message, { outcome: 'unchanged' });
    });
  }

  async #commit(messages: readonly PlainMessage[]): Promise<CommitResult> {
    if (this.#channel.closed) {
      throw new SwitchError('SWITCH_CLOSED', 'the switch is not connected', {
        outcome: 'unchanged',
      });
    }
    if (messages.length === 0) return { bundle: this.bundles === true };
    if (this.bundles !== false) {
      this.bundles = (await this.#bundle(messages)) === undefined;
      if (this.bundles) return { bundle: true };
    }
    await this.#inOrder(messages);
    return { bundle: false };
  }

  /** The refusal when the switch does not take bundles, or not these messages in one. */
  async #bundle(messages: readonly PlainMessage[]): Promise<SwitchError | undefined> {
    this.#bundleId = (this.#bundleId % 0xffff_ffff) + 1;
    const bundleId = this.#bundleId;
    const opened = this.#control(bundleId, 'openRequest', 'openReply').then(
      () => undefined,
      (error: unknown) => error,
    );
    // A switch that is known to take bundles is not waited for: that halves the time to the close.
    if (this.bundles !== true) {
      const openError = await opened;
      if (isRefusal(openError)) return openError;
      if (openError !== undefined) throw withOutcome(openError, 'unchanged');
    }
    const adds = messages.map((message) =>
      this.#channel.number(bundleAdd({ bundleId, flags: FLAGS, message })),
    );
    const { refusals, release } = this.#channel.watch(adds);
    try {
      // The answer to close shows that every message was taken: a bundle that lacks one of them
      // must not be committed.
      const closed = this.#control(bundleId, 'closeRequest', 'closeReply', adds);
      const closeError: unknown = await closed.then(
        () => undefined,
        (error: unknown) => error,
      );
      const openError = await opened;
      if (isRefusal(openError)) return openError;
      const failure: unknown = openError ?? refusals[0] ?? closeError;
      if (failure !== undefined) {
        if (!isLost(failure)) await this.#discard(bundleId);
        if (!refusesBundling(failure)) throw withOutcome(failure, 'unchanged');
        return failure;
      }
      await this.#commitBundle(bundleId, refusals);
      return undefined;
    } finally {
      release();
    }
  }

  async #commitBundle(bundleId: number, refusals: readonly SwitchError[]): Promise<void> {
    try {
      await this.#control(bundleId, 'commitRequest', 'commitReply');
    } catch (error) {
      // EXT-230: the error of the message that failed comes first, then that of the commit.
      throw isLost(error) ? this.#lost(error) : withOutcome(refusals[0] ?? error, 'unchanged');
    }
    const [refusal] = refusals;
    if (refusal !== undefined) throw refusal.withOutcome('partial');
  }

  /** The bundle is given up: whether the switch still knows it does not matter. */
  async #discard(bundleId: number): Promise<void> {
    await this.#control(bundleId, 'discardRequest', 'discardReply').catch(() => undefined);
  }

  async #control(
    bundleId: number,
    request: BundleControl['controlType'],
    reply: BundleControl['controlType'],
    before: readonly Message[] = [],
  ): Promise<void> {
    const message = bundleControl({ bundleId, controlType: request, flags: FLAGS });
    const answer = await this.#channel.request(message, 'bundleControl', before);
    if (answer.controlType !== reply || answer.bundleId !== bundleId) {
      const problem = `${answer.controlType} answers ${request}`;
      this.#channel.close('protocolError', problem);
      throw new SwitchError('SWITCH_CLOSED', problem);
    }
  }

  async #inOrder(messages: readonly PlainMessage[]): Promise<void> {
    const sendsLast = messages.filter(({ type }) => type === 'packetOut');
    const changes = messages.filter(({ type }) => type !== 'packetOut');
    let outcome: CommitOutcome = 'unchanged';
    for (const step of [...stepsOf(changes), sendsLast]) {
      if (step.length === 0) continue;
      const numbered = step.map((message) => this.#channel.number(message));
      const { refusals, release } = this.#channel.watch(numbered);
      try {
        await this.#channel.barrier(numbered);
      } catch (error) {
        throw isLost(error) ? this.#lost(error) : withOutcome(error, outcome);
      } finally {
        release();
      }
      const [refusal] = refusals;
      if (refusal !== undefined) {
        throw refusal.withOutcome(step.length > 1 ? 'partial' : outcome);
      }
      outcome = 'partial';
    }
  }

  /** A late answer would confuse whoever asks the switch what it holds: the connection goes. */
  #lost(error: unknown): unknown {
    this.#channel.close('commitTimeout', 'a commit was not answered');
    return withOutcome(error, 'unknown');
  }
}

/** Runs of messages that may change places among themselves. */
function stepsOf(messages: readonly PlainMessage[]): PlainMessage[][] {
  const steps: PlainMessage[][] = [];
  let last: string | undefined;
  for (const message of messages) {
    const kind = kindOf(message);
    if (kind === last) steps.at(-1)?.push(message);
    else steps.push([message]);
    last = kind;
  }
  return steps;
}

function kindOf(message: PlainMessage): string {
  switch (message.type) {
    case 'flowMod':
      return `flowMod ${message.command} ${message.tableId}`;
    case 'groupMod':
      return `groupMod ${message.command}`;
    default:
      return message.type;
  }
}

function isRefusal(error: unknown): error is SwitchError {
  return error instanceof SwitchError && error.code === 'SWITCH_REFUSED';
}

/** It was sent, but nobody knows what came of it. */
function isLost(error: unknown): boolean {
  return (
    error instanceof SwitchError &&
    (error.code === 'SWITCH_CLOSED' || error.code === 'SWITCH_TIMEOUT')
  );
}

/** The message is fine, only not in a bundle (or the switch knows no bundles). */
function refusesBundling(error: unknown): error is SwitchError {
  if (!isRefusal(error) || error.refusal === undefined) return false;
  const { type, code } = error.refusal;
  if (type === 'bundle') return code === 'messageUnsupported';
  return (
    type === 'badRequest' && ['badType', 'badExperimenter', 'badExperimenterType'].includes(code)
  );
}

function withOutcome(error: unknown, outcome: CommitOutcome): unknown {
  return error instanceof SwitchError ? error.withOutcome(outcome) : error;
}
