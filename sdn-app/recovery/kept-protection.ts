/** A protection by state that somebody keeps current: what is the same whoever that is. */
import type { Redundancy } from '../contract/recovery.js';
import { RecoveryFault, type Fault, type Place } from './fault.js';
import type { Care, Observed, Protection } from './mechanism.js';
import type { RecoveryPolicy } from '../contract/recovery-policy.js';
import type { Recovery } from './recovery.js';
import type { StandbyRecord } from './standby/record.js';

/** The state of one serving instance, kept by another. */
export interface Kept {
  /** As the journal has it. */
  readonly record: StandbyRecord | undefined;
  /** It has every change, and tells when it hears nothing. */
  readonly ready: StandbyRecord | undefined;
  /** It was ready when it was last looked at, and may be used. */
  readonly usable: StandbyRecord | undefined;
}

/** Sees to it that the state is kept. */
export interface Keeper {
  redundancy(): Redundancy;
  setAside(): Promise<void>;
  /** The VNF was taken back from whoever had it. */
  resume(): void;
  close(): void;
}

export abstract class KeptProtection<
  C extends Care<RecoveryPolicy>,
  K extends Keeper,
> implements Protection {
  abstract readonly undecided: boolean;
  protected readonly care: C;
  protected readonly keeper: K;

  constructor(care: C, keeper: K) {
    this.care = care;
    this.keeper = keeper;
  }

  abstract observers(): readonly Observed[];
  abstract wasUsed(patient: boolean): Promise<Place | undefined>;
  abstract recover(recovery: Recovery): Promise<void>;
  /** Of this instance. */
  protected abstract keptOf(instance: string): Kept | undefined;

  /** A dead process is dead, whatever is not yet known of the stream. */
  canRecover({ type, serving }: Fault): boolean {
    const kept = this.keptOf(serving.instance);
    return (type === 'processExit' ? kept?.usable : kept?.ready) !== undefined;
  }

  redundancy(): Redundancy {
    return this.keeper.redundancy();
  }

  setAside(): Promise<void> {
    return this.keeper.setAside();
  }

  look(): void {
    this.keeper.resume();
  }

  close(): void {
    this.keeper.close();
  }

  /** Who has the state of what has failed. Throws a RecoveryFault when nobody has. */
  protected heirOf({ record, fault, resumed }: Recovery): StandbyRecord {
    const kept = this.keptOf(record.srcInst);
    // One that has begun may have been used by now.
    const hasBegun = resumed || fault.type === 'interrupted';
    const heir = hasBegun ? kept?.record : (kept?.ready ?? kept?.usable);
    if (heir?.ready === true) return heir;
    const { reason = 'there is none' } = this.redundancy();
    throw new RecoveryFault(`nobody has all of the state of ${record.srcInst}: ${reason}`);
  }

  /** Should its agent be away, it is stopped as an orphan when that is back. */
  protected endFailed({ record }: Recovery): void {
    const { hosts } = this.care.ports;
    hosts.stopInstance(record.srcHost, record.srcInst).catch(() => undefined);
  }
}
