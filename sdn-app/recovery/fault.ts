/** A failure of a VNF's serving instance, as its detection tells it. */
import type { FaultType } from '../contract/recovery.js';

/** An instance, by where it runs. */
export interface Place {
  host: string;
  instance: string;
}

export interface Fault {
  vnf: string;
  /** The instance that has failed: of several that serve the VNF, one. */
  serving: Place;
  type: FaultType;
  detectedBy: 'agent' | 'standby' | 'switch' | 'operator' | 'controller';
  /** What was seen. */
  cause: string;
  /** The process is certain not to speak again: nothing has to be fenced before another speaks. */
  provenDead: boolean;
  /** Since the last sign of life, where that is known. */
  silentMs: number | null;
}

/** Why a recovery could not be. */
export class RecoveryFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'RecoveryFault';
  }
}
