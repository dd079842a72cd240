// Ferry's hot standby beside keepalived and conntrackd: same hosts, links, switch, load and faults.
import { emulatedHosts } from '../../sdn-app/cli/demo/emulated-hosts.js';
import { LiveView } from '../../sdn-app/cli/demo/live-view.js';
import type { DemoLab } from '../../sdn-app/cli/demo/migration-run.js';
import { RECOVERY_TOPOLOGY } from '../../sdn-app/cli/paths.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import type { TrafficSpec, Topology } from '../../sdn-app/contract/topology.js';
import { distributionPlot, total, zeros } from './distribution.js';
import type { Conclusion, Experiment, Finding, Group, Params, Row } from './experiment.js';
import { loadFor, withTopology } from './lab-site.js';
import {
  ferryFault,
  ferryQuiet,
  PEER_FAULT_TEXT,
  PEER_FAULTS,
  peersFault,
  peersQuiet,
  type PeerFault,
} from './peers/measure.js';
import { PeerPair, requireDaemons, withoutVnf } from './peers/pair.js';
import { PEER_SETTINGS, type PeerSetting } from './peers/setting.js';
import { STALL_MS } from './peers/stalls.js';
import { choices, median, rowsWhere } from './rows.js';

const FERRY = 'Ferry 1R-AS';
/** In the place of a fault: the machine stalls, and nothing fails. */
const QUIET = 'stalls';
const QUIET_SECONDS = 15;
/** The same 100 source ports of ten clients: a NAT must choose others for most of them. */
const LOAD = { ratePps: 20_000, flows: 1_000, clients: 10, entries: 1_000 } as const;
const SHORT = { quietSeconds: 2, load: { ratePps: 500, flows: 100, clients: 10, entries: 100 } };

interface Extent {
  load: Partial<TrafficSpec>;
  quietSeconds: number;
  faults: readonly PeerFault[];
  settings: readonly PeerSetting[];
}

async function groups(quick: boolean): Promise<Group[]> {
  requireDaemons();
  const topology = await loadTopology(RECOVERY_TOPOLOGY);
  const extent: Extent = quick
    ? { ...SHORT, faults: ['crash'], settings: PEER_SETTINGS.slice(-1) }
    : { load: LOAD, quietSeconds: QUIET_SECONDS, faults: PEER_FAULTS, settings: PEER_SETTINGS };
  return [ferryGroup(topology, extent), peersGroup(topology, extent)];
}

function ferryGroup(topology: Topology, extent: Extent): Group {
  return {
    title: FERRY,
    points: pointsOf([FERRY], extent),
    open: (body) =>
      withTopology({ ...topology, chaos: [] }, async (api) => {
        const lab = labOf(api, topology, extent);
        await body(({ fault }) => {
          const strike = PEER_FAULTS.find((each) => each === fault);
          return strike === undefined
            ? ferryQuiet(lab, extent.quietSeconds)
            : ferryFault(lab, strike);
        });
      }),
  };
}

function peersGroup(topology: Topology, extent: Extent): Group {
  const { settings, quietSeconds } = extent;
  return {
    title: 'keepalived and conntrackd',
    points: pointsOf(
      settings.map(({ name }) => name),
      extent,
    ),
    open: (body) =>
      withTopology(withoutVnf(topology), async (api) => {
        const lab = labOf(api, topology, extent);
        const pair = await PeerPair.prepare(topology);
        await body(async ({ system, fault }) => {
          const setting = settings.find(({ name }) => name === system);
          if (setting === undefined) throw new Error(`no setting ${system ?? ''}`);
          const strike = PEER_FAULTS.find((each) => each === fault);
          lab.view.begin(`${setting.name}: ${fault ?? ''}`);
          const values = await (strike === undefined
            ? peersQuiet(lab, pair, setting, quietSeconds)
            : peersFault(lab, pair, setting, strike));
          lab.view.end();
          return values;
        });
      }),
  };
}

function labOf(api: DemoLab['api'], topology: Topology, extent: Extent): DemoLab {
  const load = loadFor(topology, extent.load);
  const hosts = emulatedHosts(topology, load);
  return { api, topology, load, hosts, view: new LiveView(process.stderr) };
}

function pointsOf(systems: readonly string[], { faults }: Extent): Params[] {
  return systems.flatMap((system) => [...faults, QUIET].map((fault) => ({ system, fault })));
}

function conclude(rows: readonly Row[]): Conclusion {
  const faults = PEER_FAULTS.filter((fault) => rowsWhere(rows, { fault }).length > 0);
  const systems = choices(rows, 'system').map(String);
  return {
    plots: Object.fromEntries(
      faults.map((fault) => [
        `failover-peers-${fault}`,
        distributionPlot(rowsWhere(rows, { fault }), {
          title: `Outage, ${PEER_FAULT_TEXT[fault]}`,
          value: 'outageMs',
          label: 'longest silence of the traffic, ms',
          series: 'system',
        }),
      ]),
    ),
    findings: [
      ...faults.map((fault) => againstBest(rows, fault)),
      ...systems.flatMap((system) => findingsOf(rows, system, faults)),
    ],
    notes: [
      `Two labs with the hosts, links and switch of topologies/nat-recovery.yaml take turns; ${RATE_TEXT}. The routers of the one are the kernels of host1 and host2, which nftables makes a source NAT: keepalived moves the addresses of both sides together, conntrackd synchronises by FTFW on the management network. There the switch learns like any other (NORMAL), and Ferry’s controller and agents run too, with nothing to do.`,
      'keepalived default: VRRPv2, one second. 10 ms: VRRPv3, real-time priority 50, vrrp_rlimit_rttime 1 s, conntrackd at FIFO 99. 10 ms direct: with DisableExternalCache On as well. Each measurement begins with new daemons and empty tables, once the backup has heard of every flow.',
      'crash: every daemon of the serving host is killed -9 and all of its data links go down at once (Ferry’s are the instance and its agent); killed alone, the kernel would go on forwarding. outageMs: the longest silence in one direction while its sender was sending; stalls of the machine are in it. translationsChanged: flows, counted once in each direction. spurious: takeovers beyond the one that a fault calls for, from when the load has been steady for two seconds. The load ends before a fault of the peers is taken back, and after one of Ferry’s is.',
      `${QUIET}: once a second for ${QUIET_SECONDS} s, real-time processes take all processors, or all but one, for ${STALL_MS.join(', ')} ms in turn.`,
    ],
  };
}

const RATE_TEXT = `${LOAD.ratePps.toLocaleString('en-US')} packets/s each way of ${LOAD.flows} flows, ${LOAD.clients} clients with the same ${LOAD.flows / LOAD.clients} ports`;

/** Against whichever setting of the peers was the fastest. */
function againstBest(rows: readonly Row[], fault: PeerFault): Finding {
  const medianOf = (system: string): number | null =>
    median(rowsWhere(rows, { system, fault }), 'outageMs');
  const peers = choices(rows, 'system')
    .map(String)
    .filter((system) => system !== FERRY);
  const best = peers.map(medianOf).filter((value) => value !== null);
  const own = medianOf(FERRY);
  return {
    text: `${PEER_FAULT_TEXT[fault]}: median outage of ${FERRY} over that of the best peer`,
    value: own === null || best.length === 0 ? null : own / Math.min(...best),
    aim: { atMost: 1 },
  };
}

function findingsOf(rows: readonly Row[], system: string, faults: readonly PeerFault[]): Finding[] {
  const own = rowsWhere(rows, { system });
  const harmed = own.filter(({ params }) => params['fault'] !== QUIET);
  const aim = system === FERRY ? { aim: { atMost: 0 } } : {};
  return [
    ...faults.map((fault) => {
      const there = rowsWhere(own, { fault });
      return {
        text: `${system}, ${PEER_FAULT_TEXT[fault]}: median outage of ${there.length}, ms`,
        value: median(there, 'outageMs'),
      };
    }),
    {
      text: `${system}: translations changed in all faults`,
      value: total(harmed, 'translationsChanged'),
      ...aim,
    },
    {
      text: `${system}: faults that nobody took over after`,
      value: zeros(harmed, 'recovered'),
      ...aim,
    },
    { text: `${system}: takeovers that nothing failed for`, value: total(own, 'spurious'), ...aim },
  ];
}

export const failoverPeers: Experiment = {
  name: 'failover-peers',
  summary: 'Ferry’s hot standby beside keepalived and conntrackd: same lab, load and faults.',
  measurements: 'failover-peers',
  runs: 20,
  slice: 5,
  groups,
  conclude,
};
