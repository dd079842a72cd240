/** What happened, in order, for everybody who watches: the source of /v1/events. */
import type { Clock } from './clock.js';
import type { FerryEvent } from './contract/rest.js';
import { Listeners } from './listeners.js';

/** How many past events a new listener can ask for. */
export const REPLAY_EVENTS = 1000;

export type EventData = FerryEvent['data'];

export class EventLog {
  readonly #clock: Clock;
  readonly #recent: FerryEvent[] = [];
  readonly #listeners = new Listeners<FerryEvent>();
  #seq = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `type` like `migration.state`, `subject` the name or id of what it happened to. */
  publish(type: string, subject: string, data: EventData = {}): void {
    this.#seq += 1;
    const event = { seq: this.#seq, at: this.#clock.timestamp(), type, subject, data };
    this.#recent.push(event);
    if (this.#recent.length > REPLAY_EVENTS) this.#recent.shift();
    this.#listeners.emit(event);
  }

  /** Retained events after `seq`; a first number above `seq + 1` tells that some were forgotten. */
  since(seq: number): FerryEvent[] {
    return this.#recent.filter((event) => event.seq > seq);
  }

  subscribe(listener: (event: FerryEvent) => void): () => void {
    return this.#listeners.add(listener);
  }
}
