// What it costs to copy a function's state while every packet changes another entry of it.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Aim, Bench, BenchResult, Ratio, Series } from './bench.js';
import { measureSource, type ScaleOptions, type SourceValues } from './state-scale.js';

const native = fileURLToPath(new URL('../../../native/', import.meta.url));
const programs = {
  scale: `${native}build-bench/bin/state_scale`,
  sink: `${native}build-bench/bin/statelet_sink`,
};

const common = { packetBytes: 512, partMs: 400 };
const all = (kind: ScaleOptions['kind'], flows: number): ScaleOptions => ({
  ...common,
  kind,
  flows,
  active: flows,
});
const cases: Record<string, ScaleOptions> = {
  'NAT, 1,000,000 entries, all active': all('nat44', 1_000_000),
  'NAT, 1,000,000 entries, 1,000 active': { ...all('nat44', 1_000_000), active: 1_000 },
  'PG, 1,000,000 entries, all active': all('pg', 1_000_000),
  'IDS, 100,000 entries, all active': all('ids', 100_000),
};

interface Quantity {
  name: string;
  unit: string;
  of(values: SourceValues): number;
}
const quantities: readonly Quantity[] = [
  { name: 'rate before', unit: 'packets/s', of: ({ quietPps }) => quietPps },
  { name: 'rate meanwhile', unit: 'packets/s', of: ({ snapshotPps }) => snapshotPps },
  { name: 'longest wait meanwhile', unit: 'us', of: ({ longestWaitUs }) => longestWaitUs },
  { name: 'longest wait before', unit: 'us', of: ({ longestWaitQuietUs }) => longestWaitQuietUs },
  { name: 'duration', unit: 'ms', of: ({ snapshotMs }) => snapshotMs },
  { name: 'memory', unit: 'byte/entry', of: ({ memoryPerEntry }) => memoryPerEntry },
  { name: 'memory at its peak', unit: 'byte/entry', of: (values) => values.peakMemoryPerEntry },
];
const shares: readonly { name: string; aim?: Aim; of(values: SourceValues): number }[] = [
  // By the worker's own processor time: what else the machine does is no cost of the snapshot.
  { name: 'rate kept', aim: { atLeast: 0.9 }, of: ({ rateKept }) => rateKept },
  { name: 'rate kept, by the clock', of: ({ rateKeptWall }) => rateKeptWall },
  { name: 'rate kept with statelets alone', of: ({ rateKeptStreaming }) => rateKeptStreaming },
];

async function run(rounds: number, progress: (line: string) => void): Promise<BenchResult> {
  progress('building native benchmarks');
  const targets = Object.values(programs).map((path) => path.slice(native.length));
  execFileSync('make', ['-C', native, '-j2', ...targets], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const found = new Map<string, SourceValues[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [name, options] of Object.entries(cases)) {
      progress(`round ${round} of ${rounds}: ${name}`);
      found.get(name)?.push(await measureSource(programs, options));
    }
  }
  const series: Series[] = [];
  const ratios: Ratio[] = [];
  for (const [name, values] of found) {
    for (const { name: quantity, unit, of } of quantities) {
      series.push({ name: `${name}: ${quantity}`, unit, samples: values.map(of) });
    }
    for (const { name: share, aim, of } of shares) {
      ratios.push({
        name: `${name}: ${share}`,
        samples: values.map(of),
        ...(aim === undefined ? {} : { aim }),
      });
    }
  }
  return { series, ratios };
}

export const snapshotBench: Bench = {
  name: 'snapshot',
  summary: 'rate, longest wait and memory of a NAT, a gateway and an IDS while a snapshot is taken',
  run,
};
