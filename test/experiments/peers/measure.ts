// One fault, or a stretch without any, with the same load for Ferry and for the peers.
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrafficReport } from '../../../native/traffic-report.js';
import type { DemoLab } from '../../../sdn-app/cli/demo/migration-run.js';
import { strikeAll } from '../../../sdn-app/cli/demo/recovery/faults.js';
import { runRecovery, untilReady } from '../../../sdn-app/cli/demo/recovery/run.js';
import { TrafficPair } from '../../../sdn-app/cli/demo/traffic-pair.js';
import { AGENT_PREFIX } from '../../../sdn-app/contract/check-chaos.js';
import type { ChaosStep } from '../../../sdn-app/contract/chaos.js';
import type { Topology } from '../../../sdn-app/contract/topology.js';
import type { Values } from '../experiment.js';
import type { PeerPair } from './pair.js';
import type { PeerSetting } from './setting.js';
import { stalls } from './stalls.js';

const STEADY_MS = 2_000;
/** After the last stall: what it may have set off shows. */
const SETTLE_MS = 1_000;

export const PEER_FAULTS = ['crash', 'link', 'host'] as const;
export type PeerFault = (typeof PEER_FAULTS)[number];
export const PEER_FAULT_TEXT: Readonly<Record<PeerFault, string>> = {
  crash: 'daemons killed and links down at once',
  link: 'one data link down',
  host: 'host cut off silently',
};

const TIMING = { afterMs: 0, forMs: 600_000 } as const;

/** What strikes the network of a host. */
function networkSteps(fault: PeerFault, topology: Topology, host: string): ChaosStep[] {
  if (fault === 'host') return [{ fault: 'dropHost', host, ...TIMING }];
  const own = topology.links.filter((link) => link.host === host);
  const cut = fault === 'link' ? own.slice(0, 1) : own;
  return cut.map(({ network }) => ({ fault: 'cutLink', host, network, ...TIMING }));
}

/** Ferry's daemons on a host are the instance and its agent. */
function ferrySteps(fault: PeerFault, { topology, load }: DemoLab, host: string): ChaosStep[] {
  const network = networkSteps(fault, topology, host);
  if (fault !== 'crash') return network;
  const killed = [load.vnf, `${AGENT_PREFIX}${host}`];
  return [
    ...killed.map((process) => ({ fault: 'kill' as const, process, afterMs: 0 })),
    ...network,
  ];
}

export async function ferryFault(lab: DemoLab, fault: PeerFault): Promise<Values> {
  const before = (await lab.api.recoveries()).length;
  const stepsAt = (host: string) => ferrySteps(fault, lab, host);
  const { report, resource } = await runRecovery(lab, PEER_FAULT_TEXT[fault], stepsAt);
  const { traffic, latency, recovery } = report;
  return {
    recovered: resource.state === 'completed' ? 1 : 0,
    outageMs: latency.longestGapMs,
    lost: traffic.lost,
    duplicated: traffic.duplicated,
    translationsChanged: recovery.translationsChanged,
    spurious: (await lab.api.recoveries()).length - before - 1,
  };
}

export async function ferryQuiet(lab: DemoLab, seconds: number): Promise<Values> {
  await untilReady(lab);
  return quietValues(lab, seconds, async () => (await lab.api.recoveries()).length);
}

/** `lab`: where the load runs; its VNF is not there, its addresses are the peers'. */
export async function peersFault(
  lab: DemoLab,
  pair: PeerPair,
  setting: PeerSetting,
  fault: PeerFault,
): Promise<Values> {
  return withPeers(pair, setting, async () => {
    const traffic = await TrafficPair.open(lab.load, lab.hosts, (live) => lab.view.update(live));
    try {
      traffic.start();
      await pair.synchronised(lab.load.flows);
      await sleep(STEADY_MS);
      const before = await pair.takeovers();
      const { master, backup } = await pair.roles();
      const steps = networkSteps(fault, lab.topology, master.place.host);
      const killed = fault === 'crash' ? master.kill() : undefined;
      const heal = await strikeAll(steps, lab);
      try {
        await killed;
        const tookOver = await pair.tookOver(backup);
        await sleep(STEADY_MS);
        // Before a host that still takes itself for the master is back.
        const account = await traffic.finish();
        const takeovers = (await pair.takeovers()) - before;
        const expected = tookOver ? 1 : 0;
        const spurious = Math.max(0, takeovers - expected);
        return { recovered: expected, ...valuesOf(account), spurious };
      } finally {
        await heal();
      }
    } finally {
      await traffic.close();
    }
  });
}

export async function peersQuiet(
  lab: DemoLab,
  pair: PeerPair,
  setting: PeerSetting,
  seconds: number,
): Promise<Values> {
  return withPeers(pair, setting, () => quietValues(lab, seconds, () => pair.takeovers()));
}

async function withPeers(
  pair: PeerPair,
  setting: PeerSetting,
  body: () => Promise<Values>,
): Promise<Values> {
  try {
    await pair.start(setting);
    return await body();
  } finally {
    await pair.stop();
  }
}

/** `takeovers`: how many there were so far. Those of daemons that have just begun do not count. */
async function quietValues(
  lab: DemoLab,
  seconds: number,
  takeovers: () => Promise<number>,
): Promise<Values> {
  const traffic = await TrafficPair.open(lab.load, lab.hosts, (live) => lab.view.update(live));
  try {
    traffic.start();
    await sleep(STEADY_MS);
    const before = await takeovers();
    await stalls(seconds);
    await sleep(SETTLE_MS);
    const account = await traffic.finish();
    return { ...valuesOf(account), spurious: (await takeovers()) - before };
  } finally {
    await traffic.close();
  }
}

function valuesOf(account: TrafficReport): Values {
  return {
    outageMs: account.latency.longestGapMs,
    lost: account.lost,
    duplicated: account.duplicated,
    translationsChanged: account.translationsChanged,
  };
}
