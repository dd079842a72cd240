// What an experiment is: points that are measured several times, and what is concluded from them.
import type { Aim } from '../bench/bench.js';
import type { Plot } from './plot.js';

/** What tells one point from another. */
export type Params = Readonly<Record<string, string | number>>;
/** What was measured there; null when it could not be. */
export type Values = Readonly<Record<string, number | null>>;

/** One measurement of one point. */
export interface Row {
  params: Params;
  /** From 1 on. */
  run: number;
  values: Values;
}

/** A measurement that came to nothing, and was tried again or left out. */
export interface Failure extends Omit<Row, 'values'> {
  /** Code and sentence. */
  failed: string;
}

export type Measure = (params: Params) => Promise<Values>;

/** Points that share what they are measured in: a lab, say, which stands as long as they need it. */
export interface Group {
  title: string;
  points: readonly Params[];
  open(body: (measure: Measure) => Promise<void>): Promise<void>;
}

/** One sentence with a number in it, and what the number is meant to reach. */
export interface Finding {
  text: string;
  /** Null when what was measured does not tell. */
  value: number | null;
  aim?: Aim;
}

export interface Conclusion {
  /** By the name that its file gets, without the ending. */
  plots: Readonly<Record<string, Plot>>;
  findings: readonly Finding[];
  /** What a reader must know: how it was scaled, what is approximate. */
  notes: readonly string[];
}

export interface Experiment {
  name: string;
  summary: string;
  /** Experiments that look at the same measurements give the same name. */
  measurements: string;
  /** Runs of each point when the command does not say. */
  runs: number;
  /** Runs that a group makes before the next one has its turn, again and again; absent: all. */
  slice?: number;
  /** With `quick` a few small points: whether it works, not what comes out. */
  groups(quick: boolean): Promise<readonly Group[]>;
  conclude(rows: readonly Row[]): Conclusion;
}

/** A missing aim is no failure of the experiment: it is what it found. */
export function reached({ value, aim }: Finding): boolean | null {
  if (aim === undefined || value === null) return null;
  return 'atLeast' in aim ? value >= aim.atLeast : value <= aim.atMost;
}
