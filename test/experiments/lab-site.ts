// A Mininet lab as the place of a group's points: what `npm run demo` runs, with a topology made here.
import { FerryApi } from '../../sdn-app/cli/api.js';
import { emulatedHosts } from '../../sdn-app/cli/demo/emulated-hosts.js';
import { withLabOf } from '../../sdn-app/cli/demo/lab-session.js';
import { LiveView } from '../../sdn-app/cli/demo/live-view.js';
import { loadOf } from '../../sdn-app/cli/demo/options.js';
import { runMigration, type RunResult } from '../../sdn-app/cli/demo/migration-run.js';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { FerryError } from '../../sdn-app/contract/errors.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import {
  topologySchema,
  type Topology,
  type TrafficSpec,
} from '../../sdn-app/contract/topology.js';

/** Rate of each link that data and migration share. */
export const LINK_MBPS = 100;
/** No entry ends by itself while an experiment lasts. */
const UDP_TIMEOUT_MS = 36_000_000;
const SUBSCRIBER_CAPACITY = 1_048_576;

export type LabNf = 'nat44' | 'pg';

/** The links of nat-shared-link.yaml with the VNF of another topology, which has the same hosts. */
export async function sharedLinkTopology(nf: LabNf, windowMs: number): Promise<Topology> {
  const shared = await loadTopology(packagePath('topologies/nat-shared-link.yaml'));
  const own =
    nf === 'nat44'
      ? shared
      : widened(await loadTopology(packagePath('topologies/pg-migration.yaml')));
  const [entry] = Object.entries(own.vnfs);
  if (entry === undefined) throw new FerryError('TOPOLOGY_INVALID', 'no VNF', 'vnfs');
  const [name, vnf] = entry;
  const [source] = Object.values(shared.vnfs);
  const lasting =
    vnf.kind === 'nat44'
      ? { timeoutsMs: { udp: UDP_TIMEOUT_MS } }
      : { capacity: SUBSCRIBER_CAPACITY };
  const placed = {
    ...vnf,
    stateletWindowMs: windowMs,
    holdBytes: source?.holdBytes,
    config: { ...vnf.config, ...lasting },
  };
  return topologySchema.parse({
    ...own,
    name: `experiment-${nf}`,
    links: nf === 'nat44' ? shared.links : widened(shared.links),
    vnfs: { [name]: placed },
  });
}

/** With addresses for hundreds of thousands of subscribers in the inside network. */
function widened<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(/(10[.\d]+)\/16\b/g, '$1/12')) as T;
}

export type Migrate = (
  load: Partial<TrafficSpec>,
  strategy: string,
  title: string,
) => Promise<RunResult>;

/** Brings the lab up, lets `body` migrate in it under loads of its choice, removes it. */
export async function inLab(
  topology: Topology,
  body: (migrate: Migrate) => Promise<void>,
): Promise<void> {
  const view = new LiveView(process.stderr);
  await withTopology(topology, (api) =>
    body((change, strategy, title) => {
      const load = loadFor(topology, change);
      const hosts = emulatedHosts(topology, load);
      return runMigration({ api, topology, load, hosts, view }, title, strategy);
    }),
  );
}

/** A lab for as long as `body` takes. */
export async function withTopology(
  topology: Topology,
  body: (api: FerryApi) => Promise<void>,
): Promise<void> {
  await withLabOf(
    topology,
    () => undefined,
    (url) => body(new FerryApi(url)),
  );
}

/** Packets per second of a rate of frames. */
export function packetsPerSecond(mbps: number, packetBytes: number): number {
  return Math.max(1, Math.round((mbps * 1e6) / 8 / packetBytes));
}

/** The load of the demo, without its TCP transfer. */
export function loadFor(topology: Topology, change: Partial<TrafficSpec>): TrafficSpec {
  return { ...loadOf(topology, {}), tcpBps: 0, ...change };
}
