// Figure 3 of the paper: what a link can carry beside a migration that must end in time, for
// statelet factors from 0 to 1; the model, and points measured on shaped links.
import type { Conclusion, Experiment, Group, Params, Row } from './experiment.js';
import { inLab, LINK_MBPS, packetsPerSecond, sharedLinkTopology } from './lab-site.js';
import type { PlotSeries } from './plot.js';
import { choices, median, rowsWhere, summarise, valuesOf } from './rows.js';
import { valuesOf as reportValues } from './sweep.js';

const SNAPSHOT_MB = 20;
/** Mappings of the NAT whose snapshot is as large. */
const ENTRIES = 950_000;
const QUICK_ENTRIES = 2_000;
const FLOWS = 1_000;
const MODEL_FACTORS = [0, 0.05, 0.1, 0.25, 0.5, 1] as const;
const MODEL_STEPS = 200;
const LONGEST_S = 30;

/**
 * How a factor is had: `setting` names it. Statelets of the NAT are about five bytes for each
 * mapping and window, so short packets in short windows make them weigh more.
 */
interface Setting {
  setting: string;
  strategy: string;
  bytes: number;
  windowMs: number;
  rates: readonly number[];
}
const SETTINGS: readonly Setting[] = [
  {
    setting: 'statelet, 512 bytes, 50 ms',
    strategy: 'statelet',
    bytes: 512,
    windowMs: 50,
    rates: [10, 30, 50, 70, 80, 90],
  },
  {
    setting: 'statelet, 96 bytes, 1 ms',
    strategy: 'statelet',
    bytes: 96,
    windowMs: 1,
    rates: [5, 10, 15],
  },
  {
    setting: 'duplicate, 512 bytes',
    strategy: 'duplicate',
    bytes: 512,
    windowMs: 50,
    rates: [10, 20, 25, 30],
  },
];

/** Seconds that a snapshot takes on a link which carries `mbps` of data in each direction too. */
export function modelSeconds(factor: number, mbps: number): number {
  // Out of srcHost go the data of one direction, and statelets of the packets of both.
  const room = LINK_MBPS - (1 + 2 * factor) * mbps;
  return room <= 0 ? Infinity : (SNAPSHOT_MB * 8) / room;
}

function groups(quick: boolean): Promise<Group[]> {
  const windows = [...new Set(SETTINGS.map(({ windowMs }) => windowMs))];
  const groupOf = (windowMs: number): Group => ({
    title: `NAT with windows of ${windowMs} ms on links of ${LINK_MBPS} Mbit/s`,
    points: SETTINGS.filter((each) => each.windowMs === windowMs).flatMap(
      ({ setting, strategy, bytes, rates }) =>
        rates
          .slice(0, quick ? 1 : rates.length)
          .map((mbps) => ({ setting, strategy, bytes, windowMs, mbps })),
    ),
    async open(body) {
      const topology = await sharedLinkTopology('nat44', windowMs);
      await inLab(topology, (migrate) =>
        body(async (params) => {
          const load = { ...loadOf(params), entries: quick ? QUICK_ENTRIES : ENTRIES };
          const result = await migrate(load, String(params['strategy']), 'capacity');
          const { limitMs } = result;
          const duration = result.report.migration.durationMs;
          return {
            ...reportValues(result),
            timesLimit: duration === null || limitMs === null ? null : duration / limitMs,
          };
        }),
      );
    },
  });
  return Promise.resolve((quick ? windows.slice(0, 1) : windows).map(groupOf));
}

function loadOf({ bytes, mbps }: Params) {
  const packetBytes = Number(bytes);
  return {
    packetBytes,
    ratePps: packetsPerSecond(Number(mbps), packetBytes),
    flows: FLOWS,
    clients: FLOWS,
  };
}

function modelSeries(factor: number): PlotSeries {
  const points = Array.from({ length: MODEL_STEPS }, (_, step) => {
    const x = (LINK_MBPS * step) / MODEL_STEPS;
    return { x, y: modelSeconds(factor, x) };
  });
  return {
    name: `model, factor ${factor}`,
    points: points.filter(({ y }) => y <= LONGEST_S),
    style: 'line',
  };
}

function conclude(rows: readonly Row[]): Conclusion {
  const completed = rows.filter(({ values }) => values['completed'] === 1);
  const measured = choices(completed, 'setting').map((setting): PlotSeries => {
    const own = rowsWhere(completed, { setting });
    const factor = median(own, 'stateletFactor') ?? 0;
    return {
      name: `factor ${factor.toFixed(3)} measured`,
      style: 'marks',
      points: summarise(own).flatMap(({ params, values }) => {
        const found = values['durationMs'];
        const x = Number(params['mbps']);
        return found === undefined
          ? []
          : [{ x, y: found.median / 1e3, low: found.min / 1e3, high: found.max / 1e3 }];
      }),
    };
  });
  return {
    plots: {
      capacity: {
        title: `Duration of a migration, ${SNAPSHOT_MB} MB over ${LINK_MBPS} Mbit/s`,
        x: { label: 'data in each direction, Mbit/s', max: LINK_MBPS },
        y: { label: 'seconds', max: LONGEST_S },
        series: [...MODEL_FACTORS.map(modelSeries), ...measured],
      },
    },
    findings: choices(rows, 'setting').flatMap((setting) => {
      const own = rowsWhere(completed, { setting });
      const ratios = summarise(own).map(({ params }) =>
        median(rowsWhere(own, params), 'timesLimit'),
      );
      const known = ratios.filter((each) => each !== null);
      return [
        {
          text: `${setting}: duration over the model's limit for what was measured on the link, the worst rate`,
          value: known.length === 0 ? null : Math.max(...known),
          aim: { atMost: 1.1 },
        },
        {
          text: `${setting}: packets lost`,
          value: valuesOf(rowsWhere(rows, { setting }), 'lost').reduce(
            (sum, each) => sum + each,
            0,
          ),
          aim: { atMost: 0 },
        },
      ];
    }),
    notes: [
      `Model: T = S / (C - (1 + 2 sigma) R), with a snapshot S of ${SNAPSHOT_MB} MB, links of C = ${LINK_MBPS} Mbit/s each way, R of data in each direction. Out of srcHost's link go the data of one direction and the statelets of the packets of both; with sigma = 1, a copy of every packet, each packet takes the link three times.`,
      'Measured: the NAT of nat-shared-link.yaml with 950,000 mappings. Factors: statelets of 512-byte packets in windows of 50 ms; of 96-byte packets in windows of 1 ms, where nearly every packet is a statelet of its own; strategy duplicate, which sends the packets themselves.',
      'Factors between those and 1 have no function that makes them: they are the model alone.',
      'The limit of a finding is snapshot / (C - data - statelets) with the bytes that the link itself counted; a duration is from the request to the end, so it holds the start of destInst and the switchover too.',
    ],
  };
}

export const capacity: Experiment = {
  name: 'capacity',
  summary: 'Migration time over the data that shares the links, for statelet factors 0 to 1.',
  measurements: 'capacity',
  runs: 3,
  groups,
  conclude,
};
