/** One failure under load: steady traffic, the fault, the recovery, steady traffic, the report. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrafficReport } from '../../../../native/traffic-report.js';
import { FerryError } from '../../../contract/errors.js';
import type { RecoveryReport, RecoveryResource } from '../../../contract/recovery.js';
import type { TrafficSubmission } from '../../../contract/rest.js';
import type { DemoLab } from '../migration-run.js';
import { fillTable } from '../prefill.js';
import { TrafficPair } from '../traffic-pair.js';
import { FAULT_TEXT, strike, type DemoFault } from './faults.js';

const STEADY_MS = 2000;
/** A machine may stall; a recovery that takes longer has failed. */
const PATIENCE_MS = 30_000;
const POLL_MS = 20;

export interface RecoveryResult {
  fault: DemoFault;
  resource: RecoveryResource;
  report: RecoveryReport;
  /** From the fault until a standby was ready again; null when none was in time. */
  redundantMs: number | null;
}

export async function runRecovery(lab: DemoLab, fault: DemoFault): Promise<RecoveryResult> {
  const { api, load, view, topology } = lab;
  await ready(lab);
  const serving = await api.vnf(load.vnf);
  const { host, instance } = serving;
  if (instance === null) throw new FerryError('VNF_NOT_SERVING', `${load.vnf} has no instance`);
  view.begin(`${FAULT_TEXT[fault]}: ${load.vnf} on ${host}`);
  const known = new Set((await api.recoveries()).map(({ id }) => id));
  const pair = await TrafficPair.open(load, lab.hosts, (live) => view.update(live));
  try {
    await fillTable(lab, pair);
    pair.start();
    await sleep(STEADY_MS);
    const struckAt = performance.now();
    const mend = await strike(fault, { topology, host, instance });
    let resource: RecoveryResource;
    let redundant: Promise<number | null>;
    try {
      resource = await recovered(lab, known);
      redundant = redundantAfter(lab, struckAt);
      await sleep(STEADY_MS);
    } finally {
      await mend();
    }
    const account = await pair.finish();
    await api.submitRecoveryTraffic(resource.id, submission(account));
    const redundantMs = await redundant;
    view.end();
    return { fault, resource, report: await api.recoveryReport(resource.id), redundantMs };
  } finally {
    await pair.close();
  }
}

async function redundantAfter({ api, load }: DemoLab, struckAt: number): Promise<number | null> {
  const isReady = async () => (await api.vnf(load.vnf)).redundancy?.state === 'ready';
  return (await within(isReady)) ? performance.now() - struckAt : null;
}

async function ready({ api, load }: DemoLab): Promise<void> {
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

function submission(account: TrafficReport): TrafficSubmission {
  const { offered, delivered, lost, duplicated, reordered, packetBytes, ratePps } = account;
  const reason = 'this load has no TCP transfer';
  return {
    traffic: {
      ...{ offered, delivered, lost, duplicated, reordered, packetBytes, ratePps },
      flows: account.flows,
      translationsChanged: account.translationsChanged,
      tcp: { survived: null, retransmits: null, bytes: null },
    },
    latency: account.latency,
    unmeasured: {
      'traffic.tcp.survived': reason,
      'traffic.tcp.retransmits': reason,
      'traffic.tcp.bytes': reason,
    },
  };
}
