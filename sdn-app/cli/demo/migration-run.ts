/** One migration under load: steady traffic, the migration, steady traffic again, and the report. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrafficReport } from '../../../native/traffic-report.js';
import type { MigrationState, Report } from '../../contract/report.js';
import type { MigrationResource } from '../../contract/rest.js';
import { parseInterface } from '../../contract/names.js';
import { trafficPorts, type Topology, type TrafficSpec } from '../../contract/topology.js';
import type { FerryApi } from '../api.js';
import type { EmulatedHosts } from './emulated-hosts.js';
import { dataBytes } from './link-data.js';
import { limitMs, migrationLink } from './link-limit.js';
import type { LiveView } from './live-view.js';
import { nextHost } from './next-host.js';
import { fillTable } from './prefill.js';
import { submission } from './submission.js';
import { TcpTransfer } from './tcp-transfer.js';
import { TrafficPair } from './traffic-pair.js';
import { watchMigration } from './watch-migration.js';

const STEADY_MS = 2000;

export interface DemoLab {
  api: FerryApi;
  topology: Topology;
  load: TrafficSpec;
  hosts: EmulatedHosts;
  view: LiveView;
}

export interface RunResult {
  report: Report;
  /** What the load generator counted, more than the report has a place for. */
  account: TrafficReport;
  /** On a link that data and migration share: the best that could be. */
  limitMs: number | null;
}

export async function runMigration(
  lab: DemoLab,
  title: string,
  strategy: string,
): Promise<RunResult> {
  const { api, load, view } = lab;
  const src = (await api.vnf(load.vnf)).host;
  const dest = nextHost(lab.topology, load.vnf, src);
  view.begin(`${title}: ${load.vnf} from ${src} to ${dest}`);
  const pair = await TrafficPair.open(load, lab.hosts, (live) => view.update(live));
  let tcp: TcpTransfer | undefined;
  try {
    await fillTable(lab, pair);
    tcp = load.tcpBps > 0 ? await startTcp(lab) : undefined;
    pair.start();
    await sleep(STEADY_MS);
    const shared = new SharedLink(lab.topology, src);
    const started = await api.migrate({ vnf: load.vnf, to: dest, strategy });
    const ended = await watchMigration(api, started.id, view, (state) => shared.onState(state));
    const switchedAt = performance.now();
    const limit = await shared.limit(ended);
    await sleep(STEADY_MS);
    const transfer = await tcp?.result(switchedAt);
    const account = await pair.finish();
    await api.submitTraffic(started.id, submission(account, transfer));
    view.end();
    return { report: await api.report(started.id), account, limitMs: limit };
  } finally {
    tcp?.kill();
    await pair.close();
  }
}

function startTcp({ load, topology }: DemoLab): Promise<TcpTransfer> {
  const network = trafficPorts(topology, load)?.server.network;
  const link = topology.links.find((each) => each.host === load.server && each.network === network);
  return TcpTransfer.start({
    client: load.client,
    server: load.server,
    serverAddress: parseInterface(link?.address ?? '').address,
    bitsPerSecond: load.tcpBps,
  });
}

/** What the data took of the link that the migration shares, while the snapshot went over it. */
class SharedLink {
  readonly #src: string;
  readonly #link: { hostInterface: string; bandwidthBps: number } | undefined;
  readonly #samples: Promise<{ bytes: number; at: number } | undefined>[] = [];

  constructor(topology: Topology, src: string) {
    this.#src = src;
    this.#link = migrationLink(topology, src);
  }

  /** Counts at both ends of `synchronising`: before it nothing is shared, after it data leaves. */
  onState(state: MigrationState): void {
    const link = this.#link;
    if (link === undefined || (state !== 'synchronising' && state !== 'synchronised')) return;
    this.#samples.push(
      dataBytes(this.#src, link.hostInterface).then(
        (bytes) => ({ bytes, at: performance.now() }),
        () => undefined,
      ),
    );
  }

  /** Null when nothing is shared, or the migration did not get as far as to tell. */
  async limit({ figures }: MigrationResource): Promise<number | null> {
    const { snapshotBytes, stateletBytes, phasesMs } = figures;
    const [begin, end] = await Promise.all(this.#samples);
    if (this.#link === undefined || begin === undefined || end === undefined) return null;
    if (snapshotBytes === null || phasesMs.synchronising === null) return null;
    return limitMs({
      capacityBps: this.#link.bandwidthBps,
      dataBps: ((end.bytes - begin.bytes) * 8 * 1000) / (end.at - begin.at),
      stateletBps: ((stateletBytes ?? 0) * 8 * 1000) / phasesMs.synchronising,
      snapshotBytes,
    });
  }
}
