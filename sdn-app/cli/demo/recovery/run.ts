/** One failure under load: steady traffic, the fault, the recovery, steady traffic, the report. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosStep } from '../../../contract/chaos.js';
import { FerryError } from '../../../contract/errors.js';
import type { RecoveryReport, RecoveryResource } from '../../../contract/recovery.js';
import type { DemoLab } from '../migration-run.js';
import { fillTable } from '../prefill.js';
import { submission } from '../submission.js';
import { TrafficPair } from '../traffic-pair.js';
import { strikeAll } from './faults.js';

const STEADY_MS = 2000;
/** A machine may stall; a recovery that takes longer has failed. */
const PATIENCE_MS = 30_000;
const POLL_MS = 20;

export interface RecoveryResult {
  resource: RecoveryResource;
  report: RecoveryReport;
  /** From the fault until a standby was ready again; null when none was in time. */
  redundantMs: number | null;
  /** Entries before the fault less those after it; null where none are counted. */
  lostEntries: number | null;
}

/** `stepsAt`: what strikes, for the host where the VNF serves. */
export async function runRecovery(
  lab: DemoLab,
  title: string,
  stepsAt: (host: string) => readonly ChaosStep[],
): Promise<RecoveryResult> {
  const { api, load, view } = lab;
  await untilReady(lab);
  const { host } = await api.vnf(load.vnf);
  view.begin(`${title}: ${load.vnf} on ${host}`);
  const known = new Set((await api.recoveries()).map(({ id }) => id));
  const pair = await TrafficPair.open(load, lab.hosts, (live) => view.update(live));
  try {
    await fillTable(lab, pair);
    pair.start();
    await sleep(STEADY_MS);
    const before = await entriesOf(lab);
    const struckAt = performance.now();
    const heal = await strikeAll(stepsAt(host), lab);
    let resource: RecoveryResource;
    let redundant: Promise<number | null>;
    try {
      resource = await recovered(lab, known);
      redundant = redundantAfter(lab, struckAt);
      await sleep(STEADY_MS);
    } finally {
      await heal();
    }
    const after = await entriesOf(lab);
    const account = await pair.finish();
    await api.submitRecoveryTraffic(resource.id, submission(account));
    const redundantMs = await redundant;
    view.end();
    const lostEntries = before === null || after === null ? null : before - after;
    const report = await api.recoveryReport(resource.id);
    return { resource, report, redundantMs, lostEntries };
  } finally {
    await pair.close();
  }
}

async function entriesOf({ api, load }: DemoLab): Promise<number | null> {
  const { stats, parts } = await api.vnf(load.vnf);
  // Of a VNF in parts those are the entries of one instance.
  return parts.length > 0 ? null : (stats?.entries ?? null);
}

async function redundantAfter({ api, load }: DemoLab, struckAt: number): Promise<number | null> {
  const isReady = async () => (await api.vnf(load.vnf)).redundancy?.state === 'ready';
  return (await within(isReady)) ? performance.now() - struckAt : null;
}

/** @throws FerryError NOT_PROTECTED or NOT_REDUNDANT. */
export async function untilReady({ api, load }: DemoLab): Promise<void> {
  const isReady = async () => (await api.vnf(load.vnf)).redundancy?.state === 'ready';
  if (await within(isReady)) return;
  const { redundancy } = await api.vnf(load.vnf);
  if (redundancy === null) {
    throw new FerryError('NOT_PROTECTED', `${load.vnf} has no recovery`, `vnfs.${load.vnf}`);
  }
  const why = redundancy.reason ?? redundancy.state;
  throw new FerryError('NOT_REDUNDANT', `no standby of ${load.vnf} in time: ${why}`);
}

async function recovered(
  { api, load }: DemoLab,
  known: ReadonlySet<string>,
): Promise<RecoveryResource> {
  let found: RecoveryResource | undefined;
  const ended = await within(async () => {
    const all = await api.recoveries();
    found = all.find(
      ({ id, vnf, endedAt }) => vnf === load.vnf && endedAt !== null && !known.has(id),
    );
    return found !== undefined;
  });
  if (found !== undefined && ended) return found;
  throw new FerryError('LAB_FAILED', `${load.vnf} was not recovered within ${PATIENCE_MS} ms`);
}

async function within(holds: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if (await holds()) return true;
    await sleep(POLL_MS);
  }
  return false;
}
