// What a benchmark is, and what it gives: series of samples, and ratios of them round by round.

/** All samples of one quantity, one a round, in the order of the rounds. */
export interface Series {
  name: string;
  unit: string;
  samples: number[];
}

export type Aim = { atLeast: number } | { atMost: number };

/** `of` divided by `to` within each round, so that what changes between rounds drops out. */
export interface Ratio {
  name: string;
  samples: number[];
  /** What the median is meant to reach; a measurement, not a test: missing it is no failure. */
  aim?: Aim;
}

export interface BenchResult {
  series: Series[];
  ratios: Ratio[];
}

export interface Bench {
  name: string;
  summary: string;
  /** `progress` takes one line each time a round or a preparation begins. */
  run(rounds: number, progress: (line: string) => void): Promise<BenchResult>;
}

export interface Spread {
  min: number;
  median: number;
  max: number;
}

export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
  };
}

export function ratio(of: Series, to: Series, aim?: Aim): Ratio {
  return {
    name: `${of.name} / ${to.name}`,
    samples: of.samples.map((sample, round) => sample / (to.samples[round] ?? NaN)),
    ...(aim === undefined ? {} : { aim }),
  };
}

/** Something that must be put right before a benchmark can run. */
export class BenchError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'BenchError';
  }
}
