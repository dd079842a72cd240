/** Up and down times of each VNF since it was first seen, from its states; kept across restarts. */
import { z } from 'zod';
import type { Clock } from '../clock.js';
import { FerryError } from '../contract/errors.js';
import type { AvailabilityResource } from '../contract/recovery.js';
import type { FerryEvent } from '../contract/rest.js';
import type { EventLog } from '../events.js';
import type { Store } from '../store/journal.js';

const JOURNAL_PREFIX = 'availability/';
const MAX_NINES = 9;

const account = z.strictObject({
  since: z.iso.datetime(),
  failures: z.int(),
  recoveries: z.int(),
  downtimeMs: z.number(),
  detected: z.int(),
  detectMsSum: z.number(),
  recoverMsSum: z.number(),
  recoverMsMax: z.number(),
});
type Account = z.infer<typeof account>;

const ended = z.object({
  vnf: z.string(),
  state: z.string(),
  fault: z.string(),
  outageMs: z.number().nullable(),
  detectMs: z.number().nullable(),
  stepsMs: z.record(z.string(), z.number()),
});

export class AvailabilityLog {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Account>();
  /** Clock time since when a VNF is down. */
  readonly #downSince = new Map<string, number>();
  readonly #unsubscribe: () => void;

  constructor(vnfs: readonly string[], store: Store, events: EventLog, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    const known = new Map(store.entries(JOURNAL_PREFIX));
    for (const vnf of vnfs) {
      const found = account.safeParse(known.get(`${JOURNAL_PREFIX}${vnf}`));
      this.#accounts.set(vnf, found.success ? found.data : emptyAccount(clock.timestamp()));
      if (!found.success) this.#save(vnf);
    }
    this.#unsubscribe = events.subscribe((event) => this.#hear(event));
  }

  list(): AvailabilityResource[] {
    return [...this.#accounts.keys()].map((vnf) => this.get(vnf));
  }

  /** Throws VNF_UNKNOWN. */
  get(vnf: string): AvailabilityResource {
    const found = this.#accounts.get(vnf);
    if (found === undefined) {
      throw new FerryError('VNF_UNKNOWN', `the topology declares no VNF ${vnf}`, 'name');
    }
    const { since, failures, recoveries, detected, detectMsSum, recoverMsSum } = found;
    const down = this.#downSince.get(vnf);
    const downtimeMs =
      found.downtimeMs + (down === undefined ? 0 : this.#clock.monotonicMs() - down);
    const allMs = Math.max(1, Date.parse(this.#clock.timestamp()) - Date.parse(since));
    const availability = Math.min(1, Math.max(0, 1 - downtimeMs / allMs));
    return {
      ...{ vnf, since, up: down === undefined, failures, recoveries, downtimeMs },
      detectMsMean: detected === 0 ? null : detectMsSum / detected,
      recoverMsMean: recoveries === 0 ? null : recoverMsSum / recoveries,
      recoverMsMax: recoveries === 0 ? null : found.recoverMsMax,
      availability,
      nines:
        availability === 1
          ? MAX_NINES
          : Math.min(MAX_NINES, Math.abs(Math.log10(1 - availability))),
    };
  }

  close(): void {
    this.#unsubscribe();
  }

  #hear(event: FerryEvent): void {
    const { type, subject } = event;
    if (type === 'recovery.state') {
      this.#recovered(event);
      return;
    }
    if (!this.#accounts.has(subject)) return;
    if (type === 'vnf.down' || type === 'vnf.recovering') this.#fell(subject);
    else if (type === 'vnf.serving' || type === 'vnf.migrating') this.#rose(subject);
  }

  #fell(vnf: string): void {
    const found = this.#accounts.get(vnf);
    if (found === undefined || this.#downSince.has(vnf)) return;
    this.#downSince.set(vnf, this.#clock.monotonicMs());
    found.failures += 1;
    this.#save(vnf);
  }

  #rose(vnf: string): void {
    const found = this.#accounts.get(vnf);
    const since = this.#downSince.get(vnf);
    if (found === undefined || since === undefined) return;
    this.#downSince.delete(vnf);
    found.downtimeMs += this.#clock.monotonicMs() - since;
    this.#save(vnf);
  }

  /** What it measured is more exact than the time in which the VNF's state was another. */
  #recovered(event: FerryEvent): void {
    const parsed = ended.safeParse(event.data);
    if (!parsed.success || parsed.data.state !== 'completed') return;
    const { vnf, detectMs, outageMs, stepsMs } = parsed.data;
    const found = this.#accounts.get(vnf);
    if (found === undefined) return;
    const recoverMs = Math.max(0, ...Object.values(stepsMs));
    found.recoveries += 1;
    found.recoverMsSum += recoverMs;
    found.recoverMsMax = Math.max(found.recoverMsMax, recoverMs);
    if (detectMs !== null) {
      found.detected += 1;
      found.detectMsSum += detectMs;
    }
    if (this.#downSince.delete(vnf)) found.downtimeMs += outageMs ?? recoverMs + (detectMs ?? 0);
    this.#save(vnf);
  }

  #save(vnf: string): void {
    const found = this.#accounts.get(vnf);
    if (found === undefined) return;
    // A report, not a decision: a full disk must not stop anything for it.
    this.#store.write([[`${JOURNAL_PREFIX}${vnf}`, { ...found }]]).catch(() => undefined);
  }
}

function emptyAccount(since: string): Account {
  const sums = { downtimeMs: 0, detected: 0, detectMsSum: 0, recoverMsSum: 0, recoverMsMax: 0 };
  return { since, failures: 0, recoveries: 0, ...sums };
}
