/**
 * What the controller may not have heard yet: kept while it is away, handed over with the next
 * hello, and dropped only once the controller has confirmed it. Told twice at worst, never lost
 * with a connection that was already dead when it was told.
 */
import type { RunningInstance } from '../sdn-app/contract/agent.js';
import type { InstanceEvent } from '../sdn-app/contract/instance.js';
import { isOfTheMoment, MAX_KEPT_EVENTS } from './instance/protocol.js';
import type { SupervisorEvent } from './surroundings.js';

type LifeEvent = Exclude<SupervisorEvent, { type: 'instanceEvent' | 'instanceDying' }>;

/** True of a moment only, be it of the instance or of its replica. */
const PASSING: ReadonlySet<string> = new Set(['progress', 'silent', 'heard']);

interface Kept<T> {
  seq: number;
  event: T;
}

export class Outbox {
  readonly #missed = new Map<string, Kept<InstanceEvent>[]>();
  #lives: Kept<LifeEvent>[] = [];
  #seq = 0;

  /** Number of the newest event kept; `confirm` takes it back. */
  get seq(): number {
    return this.#seq;
  }

  /** False for what is worth nothing later and is not kept. */
  record(event: SupervisorEvent): boolean {
    // Its end itself is kept, and progress comes again.
    if (event.type === 'instanceDying') return false;
    if (event.type === 'instanceEvent' && isPassing(event.event)) return false;
    this.#seq += 1;
    if (event.type === 'instanceEvent') {
      const missed = this.#missed.get(event.instance) ?? [];
      this.#missed.set(event.instance, missed);
      keep(missed, { seq: this.#seq, event: event.event });
      return true;
    }
    keep(this.#lives, { seq: this.#seq, event });
    // What the process that has ended told of itself is no news of the next one.
    if (event.type === 'instanceExited') this.#missed.delete(event.instance);
    return true;
  }

  /** The instances with what each has told meanwhile. */
  withMissed(instances: readonly RunningInstance[]): RunningInstance[] {
    return instances.map((one) => ({
      ...one,
      missed: (this.#missed.get(one.id) ?? []).map((kept) => kept.event),
    }));
  }

  /** Ends and restarts of processes, in order: they follow the hello. */
  lives(): LifeEvent[] {
    return this.#lives.map((kept) => kept.event);
  }

  /** The controller has everything up to this number. */
  confirm(seq: number): void {
    const isNews = (kept: { seq: number }) => !(kept.seq <= seq);
    this.#lives = this.#lives.filter(isNews);
    for (const [id, missed] of this.#missed) {
      const news = missed.filter(isNews);
      if (news.length === 0) this.#missed.delete(id);
      else this.#missed.set(id, news);
    }
  }
}

function isPassing(event: InstanceEvent): boolean {
  return isOfTheMoment(event) || PASSING.has(event.type === 'replica' ? event.what : event.type);
}

function keep<T>(list: T[], item: T): void {
  if (list.length === MAX_KEPT_EVENTS) list.shift();
  list.push(item);
}
