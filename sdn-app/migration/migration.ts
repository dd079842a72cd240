/** One migration as it runs: its record, on disk before each state is acted upon, and its events. */
import type { Clock } from '../clock.js';
import { reasonOf } from '../contract/errors.js';
import type { InstanceStats } from '../contract/instance.js';
import type { Guarantee, MigrationState } from '../contract/report.js';
import type { EventLog } from '../events.js';
import type { Store } from '../store/journal.js';
import { takeFigures } from './figures.js';
import { PhaseClock } from './phase-clock.js';
import { JOURNAL_PREFIX, type EndState, type MigrationRecord } from './record.js';

const MAX_NOTES = 32;
const PROGRESS_EVERY_MS = 100;
const STREAM_FIGURES = [
  'snapshotEntries',
  'statelets',
  'stateletBytes',
  'dataplaneBytes',
  'stateletFactor',
];

export type RecordPatch = Partial<
  Pick<
    MigrationRecord,
    'reason' | 'committed' | 'srcGone' | 'restarts' | 'destInst' | 'token' | 'part'
  >
>;

type Ending = Partial<Pick<MigrationRecord, 'endedAt'>>;

export interface MigrationDeps {
  store: Store;
  events: EventLog;
  clock: Clock;
}

export class Migration {
  readonly #record: MigrationRecord;
  readonly #deps: MigrationDeps;
  readonly #phases: PhaseClock;
  #progressAt = -PROGRESS_EVERY_MS;

  /** `resumed`: the record comes from the journal of an earlier run of the controller. */
  constructor(record: MigrationRecord, deps: MigrationDeps, resumed: boolean) {
    this.#record = record;
    this.#deps = deps;
    this.#phases = new PhaseClock(deps.clock, record, resumed);
  }

  get record(): Readonly<MigrationRecord> {
    return this.#record;
  }

  get state(): MigrationState {
    return this.#record.figures.state;
  }

  /** Journals the first state. Rejects with STATE_UNWRITABLE; then there is no migration. */
  async begin(): Promise<void> {
    await this.#journal(this.state);
    this.#publishState();
  }

  /**
   * Enters a state that changes what instances and switches do only once it is on disk.
   * Rejects with STATE_UNWRITABLE; then the migration is still in its former state.
   */
  async enter(state: MigrationState, patch: RecordPatch = {}): Promise<void> {
    this.#phases.enter(state);
    await this.#journal(state, patch);
    this.#change(state, patch);
  }

  /**
   * Enters a state that must go on even if the disk fails: from the state on disk a restarted
   * controller gets here again.
   */
  async proceed(state: MigrationState, patch: RecordPatch = {}): Promise<void> {
    this.#phases.enter(state);
    try {
      await this.#journal(state, patch);
    } catch (error) {
      this.note(`${state} is not in the journal: ${reasonOf(error)}`);
    }
    this.#change(state, patch);
  }

  /** Enters an end state. Rejects with STATE_UNWRITABLE: an end must be on disk, see conclude(). */
  async end(state: EndState, patch: RecordPatch = {}): Promise<void> {
    this.#phases.stop();
    const { lostPackets } = this.#record;
    if (lostPackets > 0) this.note(`lost by way of the controller: ${lostPackets} packets`);
    const ended = { ...patch, endedAt: this.#deps.clock.timestamp() };
    await this.#journal(state, ended);
    this.#change(state, ended);
  }

  /** destInst serves: the end of what is measured. `endMissing`: it took over from a dead srcInst. */
  served(endMissing: boolean): void {
    this.#phases.stop();
    this.#record.endMissing = endMissing;
  }

  redirected(bundle: boolean | null, ovs: string | null): void {
    this.#record.figures.bundle = bundle;
    this.#record.ovs = ovs;
  }

  /** What moves is an image of so many bytes, and no stream of statelets. */
  imaged(bytes: number): void {
    const { figures, unmeasured } = this.#record;
    figures.snapshotBytes = bytes;
    const reason = `strategy ${this.#record.strategy} moves an image of the process`;
    for (const name of STREAM_FIGURES) unmeasured[`migration.${name}`] = reason;
    // Nothing is held anywhere: what arrives meanwhile is lost.
    figures.peakBufferedPackets = 0;
  }

  /** Undefined: since when is not known any more. */
  stoodStill(ms: number | undefined): void {
    const { figures, unmeasured } = this.#record;
    figures.frozenMs = ms === undefined ? null : Math.round(ms * 1000) / 1000;
    if (ms === undefined)
      unmeasured['migration.frozenMs'] = 'the controller was restarted meanwhile';
  }

  /** Figures so far, from either side's statistics. */
  measure(src: InstanceStats | undefined, dest: InstanceStats | undefined): void {
    takeFigures(this.#record, src, dest);
    const now = this.#deps.clock.monotonicMs();
    if (now - this.#progressAt < PROGRESS_EVERY_MS) return;
    this.#progressAt = now;
    const { figures } = this.#record;
    this.#publish('migration.progress', {
      snapshotBytes: figures.snapshotBytes,
      snapshotEntries: figures.snapshotEntries,
      statelets: figures.statelets,
      stateletBytes: figures.stateletBytes,
      lagBytes: src?.sync.lagBytes ?? dest?.sync.lagBytes ?? null,
      heldPackets: dest?.sync.heldPackets ?? null,
    });
  }

  /** Something worth knowing that is not a state; the same text is noted once. */
  note(text: string): void {
    const { notes } = this.#record;
    if (notes.includes(text) || notes.length >= MAX_NOTES) return;
    notes.push(text);
    this.#publish('migration.note', { text });
  }

  /** A guarantee of the strategy does not hold for this one. */
  breaks(what: Guarantee, why: string): void {
    if (!this.#record.broken.includes(what)) this.#record.broken.push(what);
    this.note(why);
  }

  /** Packets that went by way of the controller and did not get further. */
  loses(packets: number, why: string): void {
    this.#record.lostPackets += packets;
    this.breaks('loss-free', `packets were lost: ${why}`);
  }

  /** So many packets wait at the controller at most. */
  queued(packets: number): void {
    this.#record.queuedPackets = Math.max(this.#record.queuedPackets, packets);
  }

  waiting(forWhat: string): void {
    this.#publish('migration.waiting', { for: forWhat, state: this.state });
  }

  /** The lab's own measurement, on disk when it resolves. */
  async addTraffic(traffic: NonNullable<MigrationRecord['traffic']>): Promise<void> {
    const before = this.#record.traffic;
    this.#record.traffic = traffic;
    try {
      await this.#journal(this.state);
    } catch (error) {
      this.#record.traffic = before;
      throw error;
    }
  }

  #change(state: MigrationState, patch: RecordPatch & Ending): void {
    Object.assign(this.#record, patch);
    this.#record.figures.state = state;
    this.#publishState();
  }

  /** Writes the record as it will be: what others see changes when it is on disk. */
  async #journal(state: MigrationState, patch: RecordPatch & Ending = {}): Promise<void> {
    const next: MigrationRecord = { ...structuredClone(this.#record), ...patch };
    next.figures.state = state;
    await this.#deps.store.write([[`${JOURNAL_PREFIX}${next.id}`, next]]);
  }

  #publishState(): void {
    const { reason, restarts, figures } = this.#record;
    const data = { state: figures.state, restarts, phasesMs: { ...figures.phasesMs } };
    this.#publish('migration.state', reason === null ? data : { ...data, reason });
  }

  #publish(type: string, data: Parameters<EventLog['publish']>[2]): void {
    this.#deps.events.publish(type, this.#record.id, { vnf: this.#record.vnf, ...data });
  }
}
