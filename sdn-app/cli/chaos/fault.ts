/** What a fault of `ferry chaos` is, and what it works with. */
import type { ChaosFault, StepOf } from '../../contract/chaos.js';
import type { Topology } from '../../contract/topology.js';
import type { FerryApi } from '../api.js';

export interface Rehearsal {
  topology: Topology;
  api: FerryApi;
}

/** Undoes a fault; doing so twice, or after the thing is gone, does nothing. */
export type Heal = () => Promise<void>;

export interface Fault<F extends ChaosFault> {
  name: F;
  /** What it is done to, for people. */
  target(step: StepOf<F>): string;
  /** Does it, or rejects with why it cannot be done; undefined when there is nothing to undo. */
  strike(step: StepOf<F>, rehearsal: Rehearsal): Promise<Heal | undefined>;
}
