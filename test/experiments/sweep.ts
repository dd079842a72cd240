// The measurements behind the paper's figures 4 to 7: migrations at rising rates over links that
// data and migration share, every strategy in turn.
import { strategies } from '../../sdn-app/migration/registry.js';
import type { RunResult } from '../../sdn-app/cli/demo/migration-run.js';
import type { TrafficReport } from '../../native/traffic-report.js';
import type { Group, Params, Row, Values } from './experiment.js';
import { inLab, LINK_MBPS, packetsPerSecond, sharedLinkTopology, type LabNf } from './lab-site.js';
import type { Plot, PlotSeries } from './plot.js';
import { choices, median, rowsWhere, summarise } from './rows.js';

export const SWEEP = { measurements: 'sweep', runs: 5 } as const;

const NFS: readonly LabNf[] = ['nat44', 'pg'];
const SIZES = [512, 1400] as const;
/** The paper's 100 to 900 Mbit/s at a tenth, as the links are; closer where losses begin. */
const RATES_MBPS = [10, 20, 30, 33, 50, 70, 90, 96] as const;
const FLOWS = 1_000;
/** Mappings and subscribers: a snapshot of about 4 MB, some tenths of a second of the links alone. */
const ENTRIES = 200_000;
const WINDOW_MS = 50;

const QUICK = { sizes: [512], rates: [5], entries: 2_000 } as const;

export function sweepGroups(quick: boolean): Promise<Group[]> {
  const sizes: readonly number[] = quick ? QUICK.sizes : SIZES;
  const rates: readonly number[] = quick ? QUICK.rates : RATES_MBPS;
  const names = strategies().map(({ name }) => name);
  const groupsOf = (nf: LabNf): Group => ({
    title: `${nf} on links of ${LINK_MBPS} Mbit/s`,
    points: sizes.flatMap((bytes) =>
      rates.flatMap((mbps) => names.map((strategy) => ({ nf, bytes, mbps, strategy }))),
    ),
    async open(body) {
      const topology = await sharedLinkTopology(nf, WINDOW_MS);
      const entries = quick ? QUICK.entries : ENTRIES;
      await inLab(topology, (migrate) =>
        body(async (params) => {
          const load = loadOf(params, entries);
          return valuesOf(await migrate(load, String(params['strategy']), nf));
        }),
      );
    },
  });
  return Promise.resolve((quick ? NFS.slice(0, 1) : NFS).map(groupsOf));
}

function loadOf({ bytes, mbps }: Params, entries: number) {
  const packetBytes = Number(bytes);
  const ratePps = packetsPerSecond(Number(mbps), packetBytes);
  return { packetBytes, ratePps, flows: FLOWS, clients: FLOWS, entries };
}

export function valuesOf({ report, account, limitMs }: RunResult): Values {
  const { traffic, migration, latency } = report;
  const per = (count: number | null): number | null =>
    count === null || traffic.ratePps === null ? null : count / traffic.ratePps;
  return {
    offeredMbps: offeredMbps(account),
    completed: migration.state === 'completed' ? 1 : 0,
    durationMs: migration.durationMs,
    limitMs,
    lost: traffic.lost,
    secondsOfLoss: per(traffic.lost),
    duplicated: traffic.duplicated,
    reordered: traffic.reordered,
    secondsOver15Ms: latency.secondsOver15Ms,
    p99Us: latency.p99Us,
    maxUs: latency.maxUs,
    longestGapMs: latency.longestGapMs,
    stateletFactor: migration.stateletFactor,
    snapshotBytes: migration.snapshotBytes,
    synchronisingMs: migration.phasesMs.synchronising,
    preparingMs: migration.phasesMs.preparing,
    peakBufferedPackets: migration.peakBufferedPackets,
  };
}

/** What was really sent in each direction: a busy machine may not keep up with the rate. */
function offeredMbps({ offered, packetBytes, durationMs }: TrafficReport): number {
  return (offered / 2) * ((packetBytes * 8) / (durationMs * 1e3));
}

/** One plot for each network function: a value over the rate, for each size and strategy. */
export function sweepPlots(
  rows: readonly Row[],
  name: string,
  value: string,
  title: string,
  label: string,
): Record<string, Plot> {
  const plots: Record<string, Plot> = {};
  for (const nf of choices(rows, 'nf')) {
    plots[`${name}-${nf}`] = {
      title: `${title}, ${nf}`,
      x: { label: `data in each direction, Mbit/s (links of ${LINK_MBPS})`, max: LINK_MBPS },
      y: { label },
      series: seriesOf(rowsWhere(rows, { nf }), value),
    };
  }
  return plots;
}

function seriesOf(rows: readonly Row[], value: string): PlotSeries[] {
  return choices(rows, 'strategy').flatMap((strategy) =>
    choices(rows, 'bytes').map((bytes) => ({
      name: `${strategy}, ${bytes} bytes`,
      points: summarise(rowsWhere(rows, { strategy, bytes }))
        .flatMap(({ params, values }) => {
          const found = values[value];
          const x = Number(params['mbps']);
          return found === undefined
            ? []
            : [{ x, y: found.median, low: found.min, high: found.max }];
        })
        .sort((a, b) => a.x - b.x),
    })),
  );
}

/** True when every run at this point moved the VNF and lost nothing. */
export function survived(rows: readonly Row[]): boolean {
  return (
    rows.length > 0 && rows.every(({ values }) => values['completed'] === 1 && values['lost'] === 0)
  );
}

export interface Sustained {
  /** The rate that was asked for, which names the point. */
  mbps: number;
  /** What was really offered there. */
  offeredMbps: number;
}

/** The highest rate up to which every measured rate was survived; null when none was. */
export function highestSurvived(rows: readonly Row[]): Sustained | null {
  let highest: Sustained | null = null;
  for (const mbps of choices(rows, 'mbps').sort((a, b) => Number(a) - Number(b))) {
    const there = rowsWhere(rows, { mbps });
    if (!survived(there)) break;
    highest = { mbps: Number(mbps), offeredMbps: median(there, 'offeredMbps') ?? 0 };
  }
  return highest;
}

/** The lowest measured rate that was not survived; null when all were. */
export function lowestFailed(rows: readonly Row[]): Sustained | null {
  const failed = choices(rows, 'mbps').filter((mbps) => !survived(rowsWhere(rows, { mbps })));
  if (failed.length === 0) return null;
  const mbps = Math.min(...failed.map(Number));
  return { mbps, offeredMbps: median(rowsWhere(rows, { mbps }), 'offeredMbps') ?? 0 };
}

/** What is compared: every network function with every packet size. */
export function settings(rows: readonly Row[]): { nf: string | number; bytes: string | number }[] {
  return choices(rows, 'nf').flatMap((nf) =>
    choices(rowsWhere(rows, { nf }), 'bytes').map((bytes) => ({ nf, bytes })),
  );
}

export const SWEEP_NOTES: readonly string[] = [
  `The links of nat-shared-link.yaml: host1 and host2 reach the inside network over ${LINK_MBPS} Mbit/s each way, which data, snapshot, statelets and copies of packets share. The paper has 1 Gbit/s and 100 to 900 Mbit/s; here rates, links and state are a tenth of that.`,
  `UDP of ${FLOWS} flows, both ways; ${ENTRIES.toLocaleString('en-US')} mappings of the NAT or subscribers of the gateway, of which as many as there are flows send packets. Statelet window ${WINDOW_MS} ms.`,
  'Every point is measured once, strategy after strategy on the same links, before any is measured again. secondsOfLoss: packets lost in both directions over packets per second of one.',
  'duplicate: srcInst sends a copy of every packet after the snapshot; each packet so crosses srcHost’s link three times.',
  'move: packets wait at the controller, off these links, while state moves.',
];
