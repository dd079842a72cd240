// State of 1,000 to 1,000,000 flows: what a snapshot of it costs the datapath, the memory, the time.
import { measureScale } from '../bench/state-scale.js';
import type { Conclusion, Experiment, Group, Params, Row, Values } from './experiment.js';
import { benchProgram, buildBench } from './function-process.js';
import type { PlotSeries } from './plot.js';
import { median, rowsWhere, summarise } from './rows.js';
import { measureThroughVeth } from './scale-veth.js';

const packetBytes = 512;

const FLOWS = [1_000, 10_000, 100_000, 1_000_000] as const;
const MOST = 1_000_000;
const QUICK_FLOWS = [500] as const;
/** Flows that packets belong to while the snapshot is taken: a busy part of the table, or all. */
const ACTIVE = ['busy', 'all'] as const;
const BUSY_FLOWS = 1_000;
/** Through veth: as many as the generator has. */
const VETH_ACTIVE = [BUSY_FLOWS, 60_000] as const;
const PART_MS = 400;
const QUICK_PART_MS = 30;

function measure({ flows, active }: Params, partMs: number): Promise<Values> {
  const entries = Number(flows);
  const busy = active === 'all' ? entries : Math.min(BUSY_FLOWS, entries);
  return measureScale(benchProgram('state_scale'), {
    kind: 'nat44',
    flows: entries,
    active: busy,
    packetBytes,
    partMs,
  });
}

function groups(quick: boolean): Promise<Group[]> {
  const memory: Group = {
    title: 'scale, packets from memory',
    points: (quick ? QUICK_FLOWS : FLOWS).flatMap((flows) =>
      ACTIVE.map((active) => ({ io: 'memory', flows, active })),
    ),
    open(body) {
      buildBench('state_scale');
      return body((params) => measure(params, quick ? QUICK_PART_MS : PART_MS));
    },
  };
  const veth: Group = {
    title: 'scale, packets through veth',
    points: VETH_ACTIVE.map((active) => ({ io: 'veth', flows: MOST, active })),
    open(body) {
      buildBench('statelet_sink');
      return body(({ active }) => measureThroughVeth(MOST, Number(active), packetBytes));
    },
  };
  return Promise.resolve(quick ? [memory] : [memory, veth]);
}

function conclude(rows: readonly Row[]): Conclusion {
  const at = (active: string): Row[] => rowsWhere(rows, { io: 'memory', flows: MOST, active });
  const series = (name: string): PlotSeries[] =>
    ACTIVE.map((active) => ({
      name: `${active} flows active`,
      points: summarise(rowsWhere(rows, { io: 'memory', active })).flatMap(({ params, values }) => {
        const found = values[name];
        if (found === undefined) return [];
        return [{ x: Number(params['flows']), y: found.median, low: found.min, high: found.max }];
      }),
    }));
  const plot = (title: string, label: string, name: string, scale: 'linear' | 'log') => ({
    title,
    x: { label: 'entries', scale: 'log' as const },
    y: { label, scale },
    series: series(name),
  });
  const keeps = 'Share of its rate that the datapath keeps while 1,000,000 entries are copied';
  const findings = [
    ...ACTIVE.map((active) => ({
      text: `${keeps}, packets of ${active} flows from memory`,
      value: median(at(active), 'rateKept'),
      aim: { atLeast: 0.9 },
    })),
    ...VETH_ACTIVE.map((active) => ({
      text: `${keeps}, packets of ${active.toLocaleString('en-US')} flows through veth, by the clock`,
      value: median(rowsWhere(rows, { io: 'veth', active }), 'rateKeptWall'),
    })),
    ...ACTIVE.map((active) => ({
      text: `Longest that a packet waits meanwhile, in us of the worker's time, ${active} flows active`,
      value: median(at(active), 'longestWaitUs'),
      aim: { atMost: 1_000 },
    })),
  ];
  return {
    plots: {
      'scale-rate': plot(
        'Rate kept while a snapshot is taken',
        'part of the rate',
        'rateKept',
        'linear',
      ),
      'scale-duration': plot('Until destInst is synchronised', 'ms', 'synchronisedMs', 'log'),
      'scale-memory': plot('Memory at its peak', 'bytes an entry', 'peakMemoryPerEntry', 'log'),
    },
    findings: [
      ...findings,
      {
        text: 'Memory of 1,000,000 entries with every index, in bytes an entry',
        value: median(at('all'), 'memoryPerEntry'),
        aim: { atMost: 128 },
      },
      {
        text: 'The same at its peak, while state is sent',
        value: median(at('all'), 'peakMemoryPerEntry'),
        aim: { atMost: 128 },
      },
    ],
    notes: [
      'A whole instance of the NAT (worker and sync thread) in a process of its own, another one as its destination, TCP on loopback between them. Packets of 512 bytes, both ways, come from memory as fast as the worker takes them: nothing but the NAT and the snapshot is measured.',
      'Through veth: the NAT in a process of its own between veths, packets by AF_PACKET as fast as the generator sends them, statelets and snapshot to a sink. Generator, receiver, sync thread and sink want the same processors: on two of them this is the machine’s slowdown more than the datapath’s, so it has no aim. A worker that waits for packets writes the snapshot meanwhile, which its processor time cannot tell apart.',
      `busy: packets of ${BUSY_FLOWS} flows; all: packets of every flow in turn, the two ports half of them apart, so that each packet meets another entry.`,
      'rateKept compares packets for each second of processor time of the worker, during the snapshot and just before; rateKeptWall by the clock, which other programs disturb.',
      'longestWaitUs is the longest time between two looks at a port, in processor time of the worker; longestWaitWallUs by the clock.',
      'Memory is the growth of the resident set from before the NAT is made; small tables have fixed logs of about 4 MB.',
    ],
  };
}

export const scale: Experiment = {
  name: 'scale',
  summary: 'State of 1,000 to 1,000,000 flows: snapshot, duration, memory, datapath slowdown.',
  measurements: 'scale',
  runs: 5,
  groups,
  conclude,
};
