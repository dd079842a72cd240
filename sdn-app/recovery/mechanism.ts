/** What a recovery mechanism is, and what it works with. */
import type { Redundancy } from '../contract/recovery.js';
import type { MechanismName, PolicyOf, RecoveryPolicy } from '../contract/recovery-policy.js';
import type { Fault } from './fault.js';
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

/** The redundancy of one VNF: made, kept, used, and made anew, by itself. */
export interface Protection {
  redundancy(): Redundancy;
  /** True when `recover` could succeed now. */
  canRecover(fault: Fault): boolean;
  /** Instance that hears the serving one all the time, while there is one. */
  readonly observer: { host: string; instance: string } | undefined;
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
   * True when it was: a recovery has to be finished. Rejects while switch or agents cannot tell; one
   * that is `patient` waits for every agent.
   */
  wasUsed(patient: boolean): Promise<boolean>;
  /** A migration is about to begin: resolves once the serving instance is free for it. */
  setAside(): Promise<void>;
  /** The VNF was taken back from a migration or a recovery, or serves (again). */
  look(): void;
  close(): void;
}

/** Before anything connects: what the journal tells of an earlier run is taken up here. */
export type Mechanism<N extends MechanismName> = (care: Care<PolicyOf<N>>) => Protection;
