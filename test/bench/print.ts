// A benchmark's result as text for people.
import Table from 'cli-table3';
import { spread, type Aim, type BenchResult } from './bench.js';
import type { Environment } from './environment.js';

function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const whole = Number.isInteger(value) || Math.abs(value) >= 100;
  const digits = whole ? 0 : Math.abs(value) >= 1 ? 2 : 4;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function table(head: string[], rows: string[][]): string {
  const made = new Table({
    head,
    colAligns: ['left', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  made.push(...rows);
  return made.toString();
}

function verdict(aim: Aim, median: number): string {
  const [text, reached] =
    'atLeast' in aim
      ? [`at least ${aim.atLeast}`, median >= aim.atLeast]
      : [`at most ${aim.atMost}`, median <= aim.atMost];
  return `aim: ${text}, ${reached ? 'reached' : 'missed'}`;
}

export function printable(name: string, result: BenchResult, environment: Environment): string {
  const series = result.series.map(({ name, unit, samples }) => {
    const { min, median, max } = spread(samples);
    return [name, number(min), number(median), number(max), unit];
  });
  const ratios = result.ratios.map(({ name, samples, aim }) => {
    const { min, median, max } = spread(samples);
    return [name, number(min), number(median), number(max), aim ? verdict(aim, median) : ''];
  });
  const { kernel, cpus, cpuModel, stealPercent, loadBefore } = environment;
  return [
    `${name}: Linux ${kernel}, ${cpus} x ${cpuModel}, steal ${stealPercent.toFixed(1)} %, ` +
      `load before ${loadBefore.toFixed(1)}`,
    table(['measured', 'min', 'median', 'max', 'unit'], series),
    table(['ratio, round by round', 'min', 'median', 'max', ''], ratios),
  ].join('\n');
}
