// The files that an experiment leaves: JSON, CSV, SVG plots and a report to read.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Aim, Spread } from '../bench/bench.js';
import type { Environment } from '../bench/environment.js';
import {
  reached,
  type Conclusion,
  type Experiment,
  type Failure,
  type Finding,
  type Row,
} from './experiment.js';
import { renderSvg } from './plot.js';
import { summarise, type PointSummary } from './rows.js';
import { paramsText } from './runner.js';

export interface Outcome {
  experiment: Experiment;
  quick: boolean;
  environment: Environment;
  rows: readonly Row[];
  failures: readonly Failure[];
  conclusion: Conclusion;
}

/** Writes every file and returns the JSON document. */
export function writeFiles(directory: string, outcome: Outcome): object {
  const { experiment, quick, environment, rows, failures, conclusion } = outcome;
  const write = (name: string, content: string): void => {
    writeFileSync(join(directory, name), content);
  };
  const points = summarise(rows);
  const document = {
    schemaVersion: 1,
    experiment: experiment.name,
    quick,
    environment,
    findings: conclusion.findings.map((each) => ({ ...each, reached: reached(each) })),
    notes: conclusion.notes,
    points,
    rows,
    failures,
  };
  write(`${experiment.name}.json`, `${JSON.stringify(document, null, 2)}\n`);
  write(`${experiment.name}.csv`, csvOf(rows));
  for (const [name, plot] of Object.entries(conclusion.plots))
    write(`${name}.svg`, renderSvg(plot));
  write(`${experiment.name}.md`, reportOf(outcome, points));
  return document;
}

/** One line a measurement (RFC 4180); what was not measured is empty. */
export function csvOf(rows: readonly Row[]): string {
  const names = (key: 'params' | 'values'): string[] => [
    ...new Set(rows.flatMap((row) => Object.keys(row[key]))),
  ];
  const [params, values] = [names('params'), names('values')];
  const line = (cells: readonly (string | number | null | undefined)[]): string =>
    `${cells.map((cell) => csvCell(String(cell ?? ''))).join(',')}\r\n`;
  return [
    line([...params, 'run', ...values]),
    ...rows.map((row) =>
      line([
        ...params.map((name) => row.params[name]),
        row.run,
        ...values.map((name) => row.values[name]),
      ]),
    ),
  ].join('');
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function findingText(finding: Finding): string {
  const { text, value, aim } = finding;
  const number = value === null ? 'not measured' : figure(value);
  if (aim === undefined) return `${text}: ${number}`;
  const verdict =
    { true: ', reached', false: ', missed', null: '' }[String(reached(finding))] ?? '';
  return `${text}: ${number} (aim: ${aimText(aim)}${verdict})`;
}

function aimText(aim: Aim): string {
  return 'atLeast' in aim ? `at least ${aim.atLeast}` : `at most ${aim.atMost}`;
}

function reportOf(outcome: Outcome, points: readonly PointSummary[]): string {
  const { experiment, quick, environment, failures, conclusion } = outcome;
  const { kernel, cpus, cpuModel, stealPercent, loadBefore } = environment;
  const paragraphs = [
    `# ${experiment.name}`,
    experiment.summary,
    ...(quick ? ['**Quick mode: this shows that it works, not what comes out.**'] : []),
    `Linux ${kernel}, ${cpus} x ${cpuModel}, steal ${stealPercent.toFixed(1)} %, ` +
      `load before ${loadBefore.toFixed(1)}.`,
    ['## Findings', '', ...conclusion.findings.map((each) => `- ${findingText(each)}`)].join('\n'),
    ...Object.entries(conclusion.plots).map(([name, { title }]) => `![${title}](${name}.svg)`),
    ['## Notes', '', ...conclusion.notes.map((each) => `- ${each}`)].join('\n'),
    ...(failures.length === 0 ? [] : [failuresText(failures)]),
    ['## Points', '', 'Median, and the lowest to the highest run.', '', pointsTable(points)].join(
      '\n',
    ),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function failuresText(failures: readonly Failure[]): string {
  const lines = failures.map(
    ({ params, run, failed }) => `- ${paramsText(params)}, run ${run}: ${failed}`,
  );
  const what = 'Each was tried again once; none is in the points or the findings.';
  return ['## Failed measurements', '', what, '', ...lines].join('\n');
}

function pointsTable(points: readonly PointSummary[]): string {
  const params = [...new Set(points.flatMap((point) => Object.keys(point.params)))];
  const values = [...new Set(points.flatMap((point) => Object.keys(point.values)))];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = [...params, 'runs', ...values];
  return [
    line(head),
    line(head.map(() => '---')),
    ...points.map((point) =>
      line([
        ...params.map((name) => String(point.params[name] ?? '')),
        String(point.runs),
        ...values.map((name) => spreadText(point.values[name])),
      ]),
    ),
  ].join('\n');
}

function spreadText(found: Spread | undefined): string {
  if (found === undefined) return '-';
  const { min, median, max } = found;
  return min === max ? figure(median) : `${figure(median)} (${figure(min)}-${figure(max)})`;
}

/** Four digits are more than any of it is exact to. */
export function figure(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(4)));
}
