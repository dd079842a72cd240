/** What the lab itself can carry: the same load for a moment, with no migration going on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrafficSpec } from '../../contract/topology.js';
import type { DemoLab } from './migration-run.js';
import { TrafficPair } from './traffic-pair.js';

const MEASURE_MS = 2000;
/** Rates that are tried below the wanted one when that loses packets. */
const HALVINGS = 5;

/** Half of the packets this late means that queues only grow: loss is a matter of time. */
const BEHIND_US = 100_000;

export interface Baseline {
  lost: number;
  offered: number;
  medianUs: number;
  /** True when nothing is lost and the lab keeps up with what is offered. */
  carries: boolean;
  /** Highest of the tried rates that the lab carries; null when it carries none. */
  carriedPps: number | null;
}

export async function measureBaseline(lab: DemoLab): Promise<Baseline> {
  const { ratePps } = lab.load;
  lab.view.begin(`baseline: ${ratePps} packets/s each way, no migration`);
  let first = await measure(lab, lab.load);
  // A machine that other programs keep busy may stall once: what counts is whether it goes again.
  if (!first.carries) first = await measure(lab, lab.load);
  let rate = ratePps;
  let { carries } = first;
  for (let step = 0; step < HALVINGS && !carries; step += 1) {
    rate = Math.max(1, Math.floor(rate / 2));
    lab.view.note(`the lab does not carry that by itself; trying ${rate} packets/s`);
    ({ carries } = await measure(lab, { ...lab.load, ratePps: rate }));
  }
  lab.view.end();
  return { ...first, carriedPps: carries ? rate : null };
}

async function measure(lab: DemoLab, load: TrafficSpec): Promise<Omit<Baseline, 'carriedPps'>> {
  const pair = await TrafficPair.open(load, lab.hosts, (live) => lab.view.update(live));
  try {
    pair.start();
    await sleep(MEASURE_MS);
    const { lost, offered, latency } = await pair.finish();
    const medianUs = latency.p50Us ?? Infinity;
    return { lost, offered, medianUs, carries: lost === 0 && medianUs < BEHIND_US };
  } finally {
    await pair.close();
  }
}
