/**
 * The way by the controller that packets take while a VNF's state moves: they wait here, in their
 * order, and then go to whichever instance serves, before any packet that comes to it straight.
 */
import { FerryError, reasonOf } from '../contract/errors.js';
import type { DivertedFrame } from '../steering/index.js';
import { guardedCall } from './calls.js';
import { Fault, guardDest } from './fault.js';
import { FrameQueue } from './frame-queue.js';
import { Gone, Relay } from './relay.js';
import { redirectOf } from './layout.js';
import type { Participant } from './participant.js';
import type { Run } from './strategy.js';

/** Of the bound, when to go back: what comes until the switch has heard needs room too. */
const GO_BACK_AT = 0.75;
/** So little in the queue, and the switch is told to send straight; what is left follows at once. */
const FEW_FRAMES = 256;
/** The queue may grow faster than it empties: after this the switch is told anyhow. */
const CATCH_UP_MS = 5000;
/** Stragglers follow a redirect for some milliseconds (docs/migration.md); none for so long: no more. */
const QUIET_MS = 30;
const RETRY_MS = 200;

export class Detour {
  readonly #run: Run;
  readonly #queue: FrameQueue;
  #ends: (() => void)[] = [];
  /** Where what still comes goes at once: all has been passed on. */
  #straightTo: string | undefined;
  #lastFrameAt = 0;
  /** Nobody serves since then. */
  #stillSince: number | undefined;

  constructor(run: Run) {
    this.#run = run;
    const { ports, migration } = run;
    this.#queue = new FrameQueue(ports.topology.vnfs[migration.record.vnf]?.holdBytes ?? 0);
  }

  /** From now on packets come here. Throws a Fault when the switch does not take it. */
  async begin(): Promise<void> {
    const { ports, migration } = this.#run;
    const { vnf } = migration.record;
    this.end();
    this.#straightTo = undefined;
    this.#ends = [
      ports.steering.takeFrames(vnf, (frame) => this.#take(frame)),
      ports.steering.subscribe(() => {
        if (ports.steering.connected(vnf)) return;
        migration.breaks('loss-free', 'the switch was away: what came in meanwhile is lost');
      }),
    ];
    this.#stillSince = this.#run.watch.now;
    try {
      await ports.steering.divert(vnf);
    } catch (error) {
      throw new Fault(`the switch did not send packets to the controller: ${reasonOf(error)}`);
    }
  }

  /** Throws a Fault when more waits than can be kept. */
  guard(): void {
    const { bytes, maxBytes, length } = this.#queue;
    if (bytes < maxBytes * GO_BACK_AT) return;
    throw new Fault(
      `DETOUR_OVERFLOW: ${length} packets (${bytes} bytes) wait at the controller, ` +
        `which keeps holdBytes (${maxBytes}): lower the rate, raise it, or use strategy statelet`,
    );
  }

  /** destInst will get packets from here, and straight ones shall wait for them. */
  async announce(): Promise<void> {
    const { watch, migration } = this.#run;
    const { token } = migration.record;
    const guard = () => guardDest(this.#run);
    await guardedCall(this.#run, watch.dest, guard, { method: 'expectRelay', token });
  }

  /** The same to srcInst before the way back, which does not depend on it. */
  async announceReturn(): Promise<void> {
    const { watch, migration, ports } = this.#run;
    const { src } = watch;
    if (this.#ends.length === 0 || src.exited !== undefined) return;
    const { token } = migration.record;
    try {
      const call = ports.hosts.call(src.host, src.instance, { method: 'expectRelay', token });
      await watch.race(call, () => undefined);
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      const why = `srcInst does not hold packets for those that wait: ${reasonOf(error)}`;
      migration.breaks('order-preserving', why);
    }
  }

  /** destInst serves: it gets what waits here, then the rest straight. */
  async passOn(): Promise<{ destLost: string } | undefined> {
    const { dest } = this.#run.watch;
    try {
      const relay = new Relay(this.#run, this.#queue, dest);
      await relay.begin();
      this.#servedAgain();
      const deadline = this.#run.watch.now + CATCH_UP_MS;
      await relay.until(() => this.#queue.length <= FEW_FRAMES || this.#run.watch.now > deadline);
      await this.#sendStraight(dest);
      await this.#finish(relay, dest);
      return undefined;
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      return { destLost: dest.exited ?? 'its process is gone' };
    }
  }

  /** srcInst serves again, and gets packets straight already. */
  async passBack(): Promise<void> {
    const { src } = this.#run.watch;
    if (this.#ends.length === 0) return;
    try {
      const relay = new Relay(this.#run, this.#queue, src);
      await relay.begin();
      this.#servedAgain();
      await this.#finish(relay, src);
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      this.#lose(this.#queue.length, 'srcInst, which was to get them, has ended');
      this.#queue.drop(this.#queue.length);
    } finally {
      this.end();
    }
  }

  /** Takes nothing more. */
  end(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
  }

  #take(frame: DivertedFrame): void {
    const { migration, ports, watch } = this.#run;
    this.#lastFrameAt = watch.now;
    if (this.#straightTo !== undefined) {
      const why = 'a packet came to the controller late and may have been overtaken';
      migration.breaks('order-preserving', why);
      try {
        ports.steering.relay(migration.record.vnf, this.#straightTo, [frame]);
      } catch {
        this.#lose(1, 'the switch was away');
      }
      return;
    }
    if (!this.#queue.push(frame)) this.#lose(1, 'the controller keeps no more');
    migration.queued(this.#queue.peak);
  }

  async #finish(relay: Relay, to: Participant): Promise<void> {
    const { watch } = this.#run;
    this.#lastFrameAt = watch.now;
    await relay.until(() => {
      return relay.empty && watch.now - this.#lastFrameAt >= QUIET_MS;
    });
    this.#straightTo = to.host;
    await relay.end();
  }

  async #sendStraight(dest: Participant): Promise<void> {
    const { migration, ports, watch } = this.#run;
    const { vnf } = migration.record;
    for (;;) {
      await watch.patiently('the switch', () => {
        if (dest.exited !== undefined) throw new Gone();
        return ports.steering.connected(vnf) || undefined;
      });
      try {
        await ports.steering.keepRedirect(vnf, redirectOf(migration.record));
        return;
      } catch (error) {
        migration.waiting(`the switch: ${reasonOf(error)}`);
        await watch.pause(RETRY_MS);
      }
    }
  }

  #servedAgain(): void {
    const { migration, watch } = this.#run;
    const since = this.#stillSince;
    migration.stoodStill(since === undefined ? undefined : watch.now - since);
  }

  #lose(packets: number, why: string): void {
    if (packets > 0) this.#run.migration.loses(packets, why);
  }
}
