/** Times of a migration's phases by the monotonic clock. */
import type { Clock } from '../clock.js';
import type { MigrationState } from '../contract/report.js';
import type { MigrationRecord } from './record.js';

type Phases = MigrationRecord['figures']['phasesMs'];
const LOST = 'the controller was restarted meanwhile';

export class PhaseClock {
  readonly #clock: Clock;
  readonly #record: MigrationRecord;
  #phase: keyof Phases | undefined;
  #phaseSince: number;
  /** Undefined when the migration began in an earlier run of the controller. */
  readonly #startedAt: number | undefined;

  constructor(clock: Clock, record: MigrationRecord, resumed: boolean) {
    this.#clock = clock;
    this.#record = record;
    this.#phaseSince = clock.monotonicMs();
    this.#startedAt = resumed ? undefined : this.#phaseSince;
    if (!resumed) {
      this.#phase = 'preparing';
      return;
    }
    const { state, phasesMs } = record.figures;
    record.unmeasured['migration.durationMs'] = LOST;
    if (isPhase(state, phasesMs)) {
      phasesMs[state] = null;
      record.unmeasured[`migration.phasesMs.${state}`] = LOST;
    }
  }

  /** Ends the running phase and begins that of `state`, if it is one. */
  enter(state: MigrationState): void {
    const now = this.#clock.monotonicMs();
    this.#close(now);
    this.#phase = isPhase(state, this.#record.figures.phasesMs) ? state : undefined;
    this.#phaseSince = now;
  }

  /** The migration has reached its aim: what follows is tidying and is not measured. */
  stop(): void {
    const now = this.#clock.monotonicMs();
    this.#close(now);
    this.#phase = undefined;
    const { figures } = this.#record;
    if (this.#startedAt !== undefined) figures.durationMs ??= round(now - this.#startedAt);
  }

  /** A phase that is entered again, with a new destInst, adds up. */
  #close(now: number): void {
    if (this.#phase === undefined) return;
    const { phasesMs } = this.#record.figures;
    if (`migration.phasesMs.${this.#phase}` in this.#record.unmeasured) return;
    phasesMs[this.#phase] = round((phasesMs[this.#phase] ?? 0) + now - this.#phaseSince);
  }
}

function isPhase(state: MigrationState, phases: Phases): state is keyof Phases {
  return Object.hasOwn(phases, state);
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
