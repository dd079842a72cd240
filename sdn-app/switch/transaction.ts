/**
 * Commits: several messages as one change of a switch. By an atomic and ordered bundle (ONF
 * EXT-230) where the switch takes it; else in order, with a barrier after each kind of message and
 * packet-outs last, so that no packet-out runs ahead of the flows.
 */
import type { PlainMessage } from '../openflow/index.js';
import { Bundle } from './bundle.js';
import type { Channel } from './channel.js';
import { isLost, SwitchError, withOutcome, type CommitOutcome } from './errors.js';
import { Turns } from './turns.js';

export interface CommitResult {
  /** True when the switch took it as one bundle. */
  bundle: boolean;
}

/** A commit that the switch has whole already. */
export interface PreparedCommit {
  /** Rejects as `commit` does; `unchanged` also when the switch has forgotten it. */
  commit(): Promise<void>;
  discard(): Promise<void>;
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

  /**
   * The switch has the messages when it resolves, and one more makes them take effect; undefined when
   * it takes no bundles. A switch may forget them after some seconds: then their commit is refused.
   */
  prepare(messages: readonly PlainMessage[]): Promise<PreparedCommit | undefined> {
    return this.#turns.run(async () => {
      if (this.#channel.closed || this.bundles !== true) return undefined;
      const filled = await this.#fill(messages);
      if (filled instanceof SwitchError) return undefined;
      return {
        commit: () => this.#turns.run(() => filled.commit()),
        discard: () => filled.discard(),
      };
    });
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
    const filled = await this.#fill(messages);
    if (filled instanceof SwitchError) return filled;
    await filled.commit();
    return undefined;
  }

  #fill(messages: readonly PlainMessage[]): Promise<Bundle | SwitchError> {
    this.#bundleId = (this.#bundleId % 0xffff_ffff) + 1;
    return Bundle.fill(this.#channel, this.#bundleId, messages, this.bundles === true);
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
