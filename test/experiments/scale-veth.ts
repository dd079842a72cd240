// The slowdown by a snapshot where packets come and go by AF_PACKET, as they do in use.
import { setTimeout as sleep } from 'node:timers/promises';
import { prefillAll } from '../../native/traffic-process.js';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { FerryError } from '../../sdn-app/contract/errors.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import type { Values } from './experiment.js';
import { FunctionProcess } from './function-process.js';
import type { FunctionAnswer } from './function-schema.js';
import { LineLab } from './line-lab.js';
import { LineTraffic } from './line-traffic.js';

const PREFILL_PPS = 100_000;
const SETTLE_MS = 500;
const QUIET_MS = 1_000;

/** The NAT of nat-shared-link.yaml with so many mappings, flat out over `active` of them. */
export async function measureThroughVeth(
  entries: number,
  active: number,
  packetBytes: number,
): Promise<Values> {
  const topology = await loadTopology(packagePath('topologies/nat-shared-link.yaml'));
  const { traffic } = topology;
  const vnf = traffic === undefined ? undefined : topology.vnfs[traffic.vnf];
  if (traffic === undefined || vnf === undefined) {
    throw new FerryError('TOPOLOGY_INVALID', 'no traffic', 'traffic');
  }
  const lab = new LineLab(1);
  const [place] = lab.functions;
  if (place === undefined) throw new FerryError('LAB_FAILED', 'no function');
  const opened: { close(): Promise<void> }[] = [];
  try {
    lab.create();
    const nat = await FunctionProcess.open(vnf, place);
    opened.push(nat);
    const empty = await nat.stats();
    const clients = Math.min(active, 1_000);
    const load = { ...traffic, packetBytes, flows: active, clients, entries };
    const pair = await LineTraffic.open(lab, topology, load, true);
    opened.push(pair);
    await prefillAll(pair.client, pair.server, entries - active, PREFILL_PPS);
    pair.client.start();
    await sleep(SETTLE_MS);
    const before = await nat.stats();
    await sleep(QUIET_MS);
    const quiet = rateOf(before, await nat.stats());
    const during: FunctionAnswer[] = [];
    await nat.stream(place, (answer) => during.push(answer));
    const [first, last] = [during[0], during.at(-1)];
    if (first === undefined || last === undefined) throw new FerryError('LAB_FAILED', 'no answer');
    const copied = rateOf(first, last);
    const peakBytes = Math.max(...during.map(({ rssBytes }) => rssBytes));
    return {
      quietPps: quiet.perSecond,
      snapshotPps: copied.perSecond,
      rateKept: copied.perCpuSecond / quiet.perCpuSecond,
      rateKeptWall: copied.perSecond / quiet.perSecond,
      snapshotMs: last.monotonicMs - first.monotonicMs,
      snapshotBytes: last.snapshotBytes,
      snapshotBytesPerEntry: last.snapshotBytes / last.entries,
      memoryPerEntry: (before.rssBytes - empty.rssBytes) / before.entries,
      peakMemoryPerEntry: (peakBytes - empty.rssBytes) / last.entries,
    };
  } finally {
    for (const each of opened.reverse()) await each.close();
    lab.remove();
  }
}

function rateOf(
  before: FunctionAnswer,
  after: FunctionAnswer,
): { perSecond: number; perCpuSecond: number } {
  const packets = after.processedPackets - before.processedPackets;
  if (packets === 0) throw new FerryError('LAB_FAILED', 'no packet was processed');
  return {
    perSecond: (packets * 1e3) / (after.monotonicMs - before.monotonicMs),
    perCpuSecond: (packets * 1e9) / (after.workerCpuNs - before.workerCpuNs),
  };
}
