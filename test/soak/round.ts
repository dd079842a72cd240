/** One round: traffic, a situation, a fault in the middle of it, and what the laws say of the outcome. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrafficReport } from '../../native/traffic-report.js';
import { play } from '../../sdn-app/cli/chaos/play.js';
import type { EmulatedHosts } from '../../sdn-app/cli/demo/emulated-hosts.js';
import { TrafficPair } from '../../sdn-app/cli/demo/traffic-pair.js';
import type { ChaosStep } from '../../sdn-app/contract/chaos.js';
import type { TrafficSpec } from '../../sdn-app/contract/topology.js';
import { untilWhole } from './health.js';
import type { Situation, SoakLab } from './situation.js';

const STEADY_MS = 500;

export interface RoundPlan {
  situation: Situation;
  step: ChaosStep;
  /** Between the begin of the situation and the fault. */
  delayMs: number;
}

export interface RoundResult {
  situation: string;
  fault: string;
  target: string;
  /** Why the fault could not be done: then nothing was tried. */
  notDone: string | null;
  lost: number;
  longestGapMs: number | null;
  /** What no law allows. */
  broken: string[];
}

export async function playRound(
  plan: RoundPlan,
  lab: SoakLab,
  load: TrafficSpec,
  hosts: EmulatedHosts,
): Promise<RoundResult> {
  const { situation, step, delayMs } = plan;
  const pair = await TrafficPair.open(load, hosts, () => undefined);
  try {
    pair.start();
    await sleep(STEADY_MS);
    await situation.begin(lab);
    await sleep(delayMs);
    const [outcome] = await play([step], lab, () => undefined);
    const broken: string[] = [];
    const stuck = await untilWhole(lab);
    if (stuck !== undefined) broken.push(stuck);
    await sleep(STEADY_MS);
    const account = await pair.finish();
    broken.push(...brokenLaws(plan, lab, account));
    return {
      situation: situation.name,
      fault: step.fault,
      target: outcome?.target ?? '',
      notDone: outcome?.failure ?? null,
      lost: account.lost,
      longestGapMs: account.latency.longestGapMs,
      broken,
    };
  } finally {
    await pair.close();
  }
}

/** Faults beside the packet path: not one packet may be lost by them. */
function isBesidePackets(step: ChaosStep): boolean {
  return 'process' in step && (step.process === 'controller' || step.process.startsWith('agent-'));
}

function brokenLaws(plan: RoundPlan, lab: SoakLab, account: TrafficReport): string[] {
  const { situation, step } = plan;
  const broken: string[] = [];
  if (account.duplicated > 0) broken.push(`${account.duplicated} packets duplicated`);
  if (account.corrupted > 0) broken.push(`${account.corrupted} packets corrupted`);
  const isProtected = lab.topology.vnfs[lab.vnf]?.recovery !== undefined;
  const isSecondFault = situation.isFault && !isBesidePackets(step);
  if (isProtected && !isSecondFault && account.translationsChanged > 0) {
    broken.push(`${account.translationsChanged} translations changed`);
  }
  const isHarmless = !situation.isFault && !situation.isFrozen && isBesidePackets(step);
  if (isHarmless && account.lost > account.endpointDrops) {
    broken.push(`${account.lost - account.endpointDrops} packets lost`);
  }
  return broken;
}
