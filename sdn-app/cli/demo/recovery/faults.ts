/** The faults of the demo by the names of `--faults`: what chaos scripts have, done to who serves. */
import type { ChaosStep } from '../../../contract/chaos.js';
import { FerryError } from '../../../contract/errors.js';
import type { Topology } from '../../../contract/topology.js';
import { strike } from '../../chaos/registry.js';
import type { Heal, Rehearsal } from '../../chaos/fault.js';

export const DEMO_FAULTS = ['kill', 'stop', 'link', 'host'] as const;
export type DemoFault = (typeof DEMO_FAULTS)[number];

export const FAULT_TEXT: Readonly<Record<DemoFault, string>> = {
  kill: 'process killed (SIGKILL)',
  stop: 'process stopped (SIGSTOP)',
  link: 'data link down',
  host: 'host cut off silently',
};

/** They are taken back when the run is over: the steps' own time has no meaning. */
const TIMING = { afterMs: 0, forMs: 600_000 } as const;

/** One step of a chaos script, or several, against `vnf` where it serves. */
export function stepsOf(
  fault: DemoFault,
  topology: Topology,
  { vnf, host }: { vnf: string; host: string },
): ChaosStep[] {
  switch (fault) {
    case 'kill':
      return [{ fault: 'kill', process: vnf, afterMs: 0 }];
    case 'stop':
      return [{ fault: 'stop', process: vnf, ...TIMING }];
    case 'link': {
      const link = topology.links.find((each) => each.host === host);
      if (link === undefined) throw new FerryError('LAB_FAILED', `${host} has no link`);
      return [{ fault: 'cutLink', host, network: link.network, ...TIMING }];
    }
    case 'host':
      return [{ fault: 'dropHost', host, ...TIMING }];
  }
}

/** One right after the other, in this order; what was struck is healed when another cannot be. */
export async function strikeAll(steps: readonly ChaosStep[], rehearsal: Rehearsal): Promise<Heal> {
  const heals: Heal[] = [];
  const heal = async (): Promise<void> => {
    for (const each of heals) await each();
  };
  try {
    for (const step of steps) {
      const struck = await strike(step, rehearsal);
      if (struck !== undefined) heals.push(struck);
    }
  } catch (error) {
    await heal();
    throw error;
  }
  return heal;
}
