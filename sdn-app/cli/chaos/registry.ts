/** The faults: each its own file, its schema in contract/chaos.ts, and one line here. */
import type { ChaosFault, StepOf } from '../../contract/chaos.js';
import type { Fault, Heal, Rehearsal } from './fault.js';
import { cutLink } from './faults/cut-link.js';
import { dropHost } from './faults/drop-host.js';
import { fillDisk } from './faults/fill-disk.js';
import { kill } from './faults/kill.js';
import { restartOvs } from './faults/restart-ovs.js';
import { hang, stop } from './faults/stop.js';

const FAULTS: { readonly [F in ChaosFault]: Fault<F> } = {
  kill,
  stop,
  hang,
  cutLink,
  dropHost,
  fillDisk,
  restartOvs,
};

export function targetOf<F extends ChaosFault>(step: StepOf<F>): string {
  return faultOf<F>(step).target(step);
}

export function strike<F extends ChaosFault>(
  step: StepOf<F>,
  rehearsal: Rehearsal,
): Promise<Heal | undefined> {
  return faultOf<F>(step).strike(step, rehearsal);
}

function faultOf<F extends ChaosFault>(step: StepOf<F>): Fault<F> {
  return FAULTS[step.fault];
}
