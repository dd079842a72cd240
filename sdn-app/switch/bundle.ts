/** One atomic and ordered bundle (ONF EXT-230): filled and closed, then committed or discarded. */
import {
  bundleAdd,
  bundleControl,
  type BundleControl,
  type Message,
  type PlainMessage,
} from '../openflow/index.js';
import type { Channel } from './channel.js';
import { SwitchError, isLost, isRefusal, withOutcome } from './errors.js';

const FLAGS: BundleControl['flags'] = ['atomic', 'ordered'];

export class Bundle {
  readonly #channel: Channel;
  readonly #id: number;
  readonly #refusals: readonly SwitchError[];
  readonly #release: () => void;

  private constructor(
    channel: Channel,
    id: number,
    { refusals, release }: { refusals: readonly SwitchError[]; release: () => void },
  ) {
    this.#channel = channel;
    this.#id = id;
    this.#refusals = refusals;
    this.#release = release;
  }

  /**
   * The switch has all of the messages when it resolves; with the refusal when it does not take them
   * in a bundle. One that `isKnown` to take bundles is not waited for before the close: that halves
   * the time. Rejects with a SwitchError of outcome `unchanged`.
   */
  static async fill(
    channel: Channel,
    id: number,
    messages: readonly PlainMessage[],
    isKnown: boolean,
  ): Promise<Bundle | SwitchError> {
    const opened = control(channel, id, 'openRequest', 'openReply').then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!isKnown) {
      const openError = await opened;
      if (isRefusal(openError)) return openError;
      if (openError !== undefined) throw withOutcome(openError, 'unchanged');
    }
    const adds = messages.map((message) =>
      channel.number(bundleAdd({ bundleId: id, flags: FLAGS, message })),
    );
    const bundle = new Bundle(channel, id, channel.watch(adds));
    try {
      // The answer to close shows that every message was taken: a bundle that lacks one of them
      // must not be committed.
      const closed = control(channel, id, 'closeRequest', 'closeReply', adds);
      const closeError: unknown = await closed.then(
        () => undefined,
        (error: unknown) => error,
      );
      const openError = await opened;
      if (isRefusal(openError)) {
        bundle.#release();
        return openError;
      }
      const failure: unknown = openError ?? bundle.#refusals[0] ?? closeError;
      if (failure === undefined) return bundle;
      if (!isLost(failure)) await bundle.discard();
      if (!refusesBundling(failure)) throw withOutcome(failure, 'unchanged');
      bundle.#release();
      return failure;
    } catch (error) {
      bundle.#release();
      throw error;
    }
  }

  /** Rejects with a SwitchError that has an outcome; the connection is given up with `unknown`. */
  async commit(): Promise<void> {
    const committed = control(this.#channel, this.#id, 'commitRequest', 'commitReply');
    // Failures wait for it.
    this.#channel.flush();
    try {
      await committed;
    } catch (error) {
      // EXT-230: the error of the message that failed comes first, then that of the commit.
      if (!isLost(error)) throw withOutcome(this.#refusals[0] ?? error, 'unchanged');
      // A late answer would confuse whoever asks the switch what it holds.
      this.#channel.close('commitTimeout', 'a commit was not answered');
      throw withOutcome(error, 'unknown');
    } finally {
      this.#release();
    }
    const [refusal] = this.#refusals;
    if (refusal !== undefined) throw refusal.withOutcome('partial');
  }

  /** It is given up: whether the switch still knows it does not matter. */
  async discard(): Promise<void> {
    this.#release();
    await control(this.#channel, this.#id, 'discardRequest', 'discardReply').catch(() => undefined);
  }
}

async function control(
  channel: Channel,
  bundleId: number,
  request: BundleControl['controlType'],
  reply: BundleControl['controlType'],
  before: readonly Message[] = [],
): Promise<void> {
  const message = bundleControl({ bundleId, controlType: request, flags: FLAGS });
  const answer = await channel.request(message, 'bundleControl', before);
  if (answer.controlType !== reply || answer.bundleId !== bundleId) {
    const problem = `${answer.controlType} answers ${request}`;
    channel.close('protocolError', problem);
    throw new SwitchError('SWITCH_CLOSED', problem);
  }
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
