/** One recovery as it runs: its record, the times of its steps, its events. */
import { reasonOf } from '../contract/errors.js';
import type { RecoveryState } from '../contract/recovery.js';
import type { MechanismName } from '../contract/recovery-policy.js';
import type { TrafficSubmission } from '../contract/rest.js';
import type { Fault } from './fault.js';
import type { RecoveryPorts } from './ports.js';
import { JOURNAL_PREFIX, newRecoveryId, type RecoveryRecord } from './record.js';

const MAX_NOTES = 32;

type Deps = Pick<RecoveryPorts, 'store' | 'events' | 'clock'>;

export class Recovery {
  readonly record: RecoveryRecord;
  readonly fault: Fault;
  /** True when an earlier run of the controller began it. */
  readonly resumed: boolean;
  readonly #deps: Deps;
  readonly #startedAt: number;

  constructor(record: RecoveryRecord, fault: Fault, deps: Deps, resumed: boolean) {
    this.record = record;
    this.fault = fault;
    this.#deps = deps;
    this.resumed = resumed;
    this.#startedAt = deps.clock.monotonicMs();
  }

  static begin(fault: Fault, mechanism: MechanismName, deps: Deps): Recovery {
    const { type, detectedBy, cause, silentMs, serving } = fault;
    const record: RecoveryRecord = {
      id: newRecoveryId(),
      vnf: fault.vnf,
      state: 'recovering',
      srcHost: serving.host,
      srcInst: serving.instance,
      destHost: null,
      destInst: null,
      cause,
      reason: null,
      createdAt: deps.clock.timestamp(),
      endedAt: null,
      stepsMs: {},
      recovery: {
        mechanism,
        fault: type,
        detectedBy,
        detectMs: round(silentMs),
        outageMs: null,
        lostPackets: null,
        replayedStatelets: null,
        lostState: null,
        translationsChanged: null,
        frozenMs: null,
        imageBytes: null,
      },
      notes: [],
      unmeasured: {},
      ovs: null,
      traffic: null,
    };
    return new Recovery(record, fault, deps, false);
  }

  /** Milliseconds since the detection. */
  get elapsedMs(): number {
    return this.#deps.clock.monotonicMs() - this.#startedAt;
  }

  /** A step has been done; its time is from the detection. */
  step(name: string): void {
    this.record.stepsMs[name] = round(this.elapsedMs) ?? 0;
    this.publish('recovery.step', { step: name, ms: this.record.stepsMs[name] });
  }

  /** Something worth knowing that is no step; the same text is noted once. */
  note(text: string): void {
    const { notes } = this.record;
    if (notes.includes(text) || notes.length >= MAX_NOTES) return;
    notes.push(text);
    this.publish('recovery.note', { text });
  }

  waiting(forWhat: string): void {
    this.publish('recovery.waiting', { for: forWhat });
  }

  /** Writes the record as it is. Rejects with STATE_UNWRITABLE. */
  async save(): Promise<void> {
    const copy = structuredClone(this.record);
    await this.#deps.store.write([[`${JOURNAL_PREFIX}${copy.id}`, copy]]);
  }

  /** Writes it as soon as the disk can; what depends on it was on disk before. */
  saveSoon(): void {
    this.save().catch((error: unknown) => {
      this.note(`not in the journal: ${reasonOf(error)}`);
    });
  }

  /** On disk when it resolves. */
  async end(state: Exclude<RecoveryState, 'recovering'>, reason: string | null): Promise<void> {
    Object.assign(this.record, { state, reason, endedAt: this.#deps.clock.timestamp() });
    await this.save();
    this.publishState();
  }

  async addTraffic(traffic: TrafficSubmission): Promise<void> {
    this.record.traffic = traffic;
    await this.save();
  }

  publishState(): void {
    const { state, reason, srcHost, destHost, recovery, stepsMs } = this.record;
    this.publish('recovery.state', {
      ...{ state, srcHost, destHost, fault: recovery.fault, detectedBy: recovery.detectedBy },
      ...{ outageMs: recovery.outageMs, detectMs: recovery.detectMs, stepsMs: { ...stepsMs } },
      ...(reason === null ? {} : { reason }),
    });
  }

  publish(type: string, data: Parameters<RecoveryPorts['events']['publish']>[2]): void {
    this.#deps.events.publish(type, this.record.id, { vnf: this.record.vnf, ...data });
  }
}

/** To a microsecond. */
export function round(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}
