/** What a recovery mechanism is, and what it works with. */
import type { Redundancy } from '../contract/recovery.js';
import type { MechanismName, PolicyOf, RecoveryPolicy } from '../contract/recovery-policy.js';
import type { Fault, Place } from './fault.js';
import type { RecoveryPorts } from './ports.js';
import type { Recovery } from './recovery.js';

/** One VNF in a mechanism's care, with that mechanism's own options. */
export interface Care<P extends RecoveryPolicy> {
  vnf: string;
  policy: P;
  ports: RecoveryPorts;
  /** To be called after every change of `redundancy()`. */
  changed: () => void;
}

export interface Observed {
  serving: Place;
  observer: Place;
}

/** The redundancy of one VNF: made, kept, used, and made anew, by itself. */
export interface Protection {
  redundancy(): Redundancy;
  /** True when `recover` could succeed now. */
  canRecover(fault: Fault): boolean;
  /** Instances that hear serving ones all the time, and whom each hears. */
  observers(): readonly Observed[];
  /** Instance that has every change and does not serve: checkpoints are taken of it. */
  readonly standby?: { host: string; instance: string } | undefined;
  /**
   * Brings the VNF back; it serves and is placed when this resolves. Acts at once: whatever must be
   * on disk first is there already. Called again for a recovery that a restart of the controller has
   * interrupted. Rejects with a RecoveryFault when there is nothing to come back from; then the VNF
   * is steered to where it was placed.
   */
  recover(recovery: Recovery): Promise<void>;
  /** From an earlier run of the controller: it may have been used without a word in the journal. */
  readonly undecided: boolean;
  /**
   * The instance in whose place it was, if it was: a recovery has to be finished. Rejects while
   * switch or agents cannot tell; one that is `patient` waits for every agent.
   */
  wasUsed(patient: boolean): Promise<Place | undefined>;
  /** A migration is about to begin: resolves once the serving instance is free for it. */
  setAside(): Promise<void>;
  /** The VNF was taken back from a migration or a recovery, or serves (again). */
  look(): void;
  close(): void;
}

/** Before anything connects: what the journal tells of an earlier run is taken up here. */
export type Mechanism<N extends MechanismName> = (care: Care<PolicyOf<N>>) => Protection;
