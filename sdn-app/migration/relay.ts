/** Frames from a queue to one instance by the switch, no faster than its links carry them on. */
import { FerryError, reasonOf } from '../contract/errors.js';
import { linksForVnf } from '../contract/resolve.js';
import type { DivertedFrame } from '../steering/index.js';
import { isAway } from './calls.js';
import type { FrameQueue } from './frame-queue.js';
import { LinkPace } from './link-pace.js';
import type { Participant } from './participant.js';
import type { Run } from './strategy.js';

/** Frames on their way: they fit into the ring of a port. */
const WINDOW = 256;
/** None taken for so long: those on their way are lost. */
const LOST_MS = 3000;
/** A window is sent so often while nobody tells how far the instance is. */
const BLIND_MS = 50;
const END_EVERY_MS = 200;
const END_BOUND_MS = 2000;
const RETRY_MS = 200;

/** The instance that frames go to has ended. */
export class Gone extends Error {}

/** What the instance counts of the frames that come by way of the controller. */
interface Counters {
  relayedPackets: number;
  relayPortsShut: number;
}

export class Relay {
  readonly #run: Run;
  readonly #queue: FrameQueue;
  readonly #to: Participant;
  readonly #pace: LinkPace;
  /** Frames that the instance has taken, and those sent to it, by its own count. */
  #taken = 0;
  #sent = 0;
  /** Its agent is away: what is sent counts as taken. */
  #blind = true;
  #movedAt = 0;

  constructor(run: Run, queue: FrameQueue, to: Participant) {
    this.#run = run;
    this.#queue = queue;
    this.#to = to;
    const { topology } = run.ports;
    const spec = topology.vnfs[run.migration.record.vnf];
    const links = spec === undefined ? undefined : linksForVnf(topology, to.host, spec);
    // What comes in by one port leaves by another: the slowest link tells for all.
    const rates = (links ?? []).map(({ bandwidthBps }) => bandwidthBps ?? Infinity);
    this.#pace = new LinkPace(Math.min(...rates), run.watch.now);
  }

  /** Nothing waits, and nothing is on its way. */
  get empty(): boolean {
    return this.#queue.length === 0 && this.#sent === this.#taken;
  }

  /** Throws Gone, as everything here does when the instance has ended. */
  async begin(): Promise<void> {
    await this.#look();
  }

  /** Sends, and looks how far the instance is, until `enough`. */
  async until(enough: () => boolean): Promise<void> {
    while (!enough()) {
      await this.#send();
      await this.#look();
    }
  }

  /** A marker to each port behind the last frame; a lost one is sent again. */
  async end(): Promise<void> {
    const { migration, ports, watch } = this.#run;
    const { vnf, token } = migration.record;
    const deadline = watch.now + END_BOUND_MS;
    let nextAt = watch.now;
    for (;;) {
      const counters = await this.#look();
      if (counters?.relayPortsShut === 0) return;
      if (watch.now > deadline) break;
      if (watch.now < nextAt) continue;
      nextAt = watch.now + END_EVERY_MS;
      try {
        ports.steering.endRelay(vnf, this.#to.host, token);
      } catch (error) {
        migration.waiting(`the switch: ${reasonOf(error)}`);
      }
    }
    migration.note(`${this.#to.role} did not say that the last packet has come`);
  }

  async #send(): Promise<void> {
    const { migration, ports, watch } = this.#run;
    const frames = this.#next();
    if (frames.length === 0) return;
    try {
      ports.steering.relay(migration.record.vnf, this.#to.host, frames);
    } catch (error) {
      migration.waiting(`the switch: ${reasonOf(error)}`);
      await watch.pause(RETRY_MS);
      return;
    }
    if (this.#sent === this.#taken) this.#movedAt = watch.now;
    this.#queue.drop(frames.length);
    this.#sent += frames.length;
  }

  #next(): DivertedFrame[] {
    this.#pace.advance(this.#run.watch.now);
    const frames = this.#queue.first(Math.max(0, WINDOW - (this.#sent - this.#taken)));
    const end = frames.findIndex(({ port, frame }) => !this.#pace.take(port, frame.length));
    return end < 0 ? frames : frames.slice(0, end);
  }

  async #look(): Promise<Counters | undefined> {
    const { migration, watch } = this.#run;
    const counters = await this.#counters();
    if (counters === undefined) {
      this.#blind = true;
      this.#taken = this.#sent;
      await watch.pause(BLIND_MS);
      return undefined;
    }
    const { relayedPackets: taken } = counters;
    const onTheWay = this.#sent - taken;
    if (this.#blind || onTheWay < 0) {
      this.#taken = this.#sent = taken;
    } else if (taken > this.#taken) {
      this.#taken = taken;
    } else if (onTheWay > 0 && watch.now - this.#movedAt >= LOST_MS) {
      migration.loses(onTheWay, `on the way from the controller to ${this.#to.role}`);
      this.#sent = taken;
    } else {
      return counters;
    }
    this.#blind = false;
    this.#movedAt = watch.now;
    return counters;
  }

  /** Undefined while its agent is away. */
  async #counters(): Promise<Counters | undefined> {
    const { ports, watch, migration } = this.#run;
    const { host, instance } = this.#to;
    const alive = () => {
      if (this.#to.exited !== undefined) throw new Gone();
    };
    try {
      const { counters } = await watch.race(ports.hosts.stats(host, instance), alive);
      const { relayedPackets = 0, relayPortsShut = 0 } = counters;
      return { relayedPackets, relayPortsShut };
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      if (!isAway(error)) migration.note(`${this.#to.role} does not answer: ${reasonOf(error)}`);
      return undefined;
    }
  }
}
