// What is measured is kept at once and gone on from; the files that come out can be read.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import type { Experiment, Group, Params, Row } from '../../experiments/experiment.js';
import { reached } from '../../experiments/experiment.js';
import { csvOf, findingText, writeFiles } from '../../experiments/output.js';
import { MeasurementRecord } from '../../experiments/record.js';
import { modelSeconds } from '../../experiments/capacity.js';
import { experiments } from '../../experiments/registry.js';
import { summarise } from '../../experiments/rows.js';
import { highestSurvived, lowestFailed } from '../../experiments/sweep.js';
import { runMissing } from '../../experiments/runner.js';

const main = fileURLToPath(new URL('../../experiments/main.js', import.meta.url));
const environment = { kernel: '6.1', cpus: 2, cpuModel: 'model', stealPercent: 0, loadBefore: 0 };
const silent = (): void => undefined;

function directoryOf(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'fye-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Two points; measures are noted in `asked`, and fail for what `fails` says. */
function groupOf(asked: string[], fails: (params: Params) => boolean = () => false): Group {
  return {
    title: 'two points',
    points: [{ rate: 10 }, { rate: 20 }],
    async open(body) {
      asked.push('open');
      await body((params) => {
        asked.push(String(params['rate']));
        if (fails(params)) return Promise.reject(new FerryError('LAB_FAILED', 'it broke'));
        return Promise.resolve({ lost: Number(params['rate']) / 10 });
      });
    },
  };
}

t.test('every point is measured once before any again, and what is there stays', async (t) => {
  const file = join(directoryOf(t), 'x.jsonl');
  const asked: string[] = [];
  const record = new MeasurementRecord(file, 'x', false);
  t.same(await runMissing([groupOf(asked)], 2, record, silent), { failed: [] });
  t.same(asked, ['open', '10', '20', '10', '20']);

  // A line that was not written whole, as when the machine was switched off.
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const last = lines.pop() ?? '';
  writeFileSync(file, `${lines.join('\n')}\n`);
  appendFileSync(file, last.slice(0, 20));
  asked.length = 0;
  const again = new MeasurementRecord(file, 'x', false);
  t.equal(again.rows().length, 3);
  await runMissing([groupOf(asked)], 3, again, silent);
  t.same(asked, ['open', '20', '10', '20'], 'only what is missing');
  t.equal(new MeasurementRecord(file, 'x', false).rows().length, 6);
});

t.test('a point that fails is tried in a new session, then left out and told', async (t) => {
  const asked: string[] = [];
  const file = join(directoryOf(t), 'x.jsonl');
  const record = new MeasurementRecord(file, 'x', false);
  const { failed } = await runMissing(
    [groupOf(asked, ({ rate }) => rate === 10)],
    1,
    record,
    silent,
  );
  t.same(asked, ['open', '10', 'open', '10', 'open', '20']);
  t.same(failed, ['rate 10, run 1: LAB_FAILED: it broke']);
  t.equal(record.rows().length, 1);
  const again = new MeasurementRecord(file, 'x', false);
  const failure = { params: { rate: 10 }, run: 1, failed: 'LAB_FAILED: it broke' };
  t.same(again.failures(), [failure, failure], 'and told for good, whatever a later try shows');
  t.same(again.rows(), record.rows());
});

t.test('measurements of something else are not mixed in', (t) => {
  const file = join(directoryOf(t), 'x.jsonl');
  t.equal(new MeasurementRecord(file, 'x', true).rows().length, 0);
  for (const [name, quick] of [
    ['x', false],
    ['y', true],
  ] as const) {
    t.throws(() => new MeasurementRecord(file, name, quick), { code: 'CONFIG_INVALID' });
  }
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"run":1}\n`);
  t.throws(() => new MeasurementRecord(file, 'x', true), { message: /x\.jsonl:2 cannot be read/ });
  t.end();
});

const rows: Row[] = [
  { params: { nf: 'a, "b"', rate: 10 }, run: 1, values: { lost: 0, ms: 3 } },
  { params: { nf: 'a, "b"', rate: 10 }, run: 2, values: { lost: 0, ms: 5 } },
  { params: { nf: 'c', rate: 10 }, run: 1, values: { lost: null, ms: 1 } },
];

t.test('CSV has a line for each measurement', (t) => {
  t.same(csvOf(rows).split('\r\n'), [
    'nf,rate,run,lost,ms',
    '"a, ""b""",10,1,0,3',
    '"a, ""b""",10,2,0,5',
    'c,10,1,,1',
    '',
  ]);
  t.same(
    summarise(rows).map(({ runs, values }) => [runs, values['ms']?.median, values['lost']?.max]),
    [
      [2, 4, 0],
      [1, 1, undefined],
    ],
  );
  t.end();
});

t.test('a finding says whether its aim was reached', (t) => {
  const aim = { atMost: 1 };
  t.equal(findingText({ text: 'ratio', value: 0.5, aim }), 'ratio: 0.5 (aim: at most 1, reached)');
  t.equal(findingText({ text: 'ratio', value: 2, aim }), 'ratio: 2 (aim: at most 1, missed)');
  t.equal(findingText({ text: 'ratio', value: null, aim }), 'ratio: not measured (aim: at most 1)');
  t.equal(reached({ text: '', value: 2, aim: { atLeast: 2 } }), true);
  t.end();
});

t.test('the plots are well-formed SVG, whatever the numbers', (t) => {
  const directory = directoryOf(t);
  const series = [
    {
      name: 'a < b & "c"',
      points: [
        { x: 1, y: 0.5, low: 0.4, high: 0.7 },
        { x: 100, y: 2 },
      ],
    },
    {
      name: 'model',
      points: [
        { x: 1, y: Infinity },
        { x: 2, y: 0 },
      ],
      style: 'line' as const,
    },
    { name: 'empty', points: [] },
  ];
  const x = { label: 'x' };
  const plots = {
    linear: { title: 'T & <T>', x, y: { label: 'y', max: 1 }, series },
    log: {
      title: 't',
      x: { ...x, scale: 'log' as const },
      y: { label: 'y', scale: 'log' as const },
      series,
    },
    nothing: { title: 't', x, y: { label: 'y' }, series: [] },
  };
  const experiment: Experiment = {
    name: 'try',
    summary: 'Tries.',
    measurements: 'try',
    runs: 1,
    groups: () => Promise.resolve([]),
    conclude: () => ({ plots, findings: [], notes: [] }),
  };
  const conclusion = { plots, findings: [{ text: 'f', value: 1 }], notes: ['n'] };
  const failures = [{ params: { nf: 'c', rate: 10 }, run: 2, failed: 'LAB_FAILED: no' }];
  writeFiles(directory, { experiment, quick: true, environment, rows, failures, conclusion });
  for (const name of Object.keys(plots)) {
    const svg = readFileSync(join(directory, `${name}.svg`), 'utf8');
    t.same(faultOfXml(svg), '', name);
    t.notMatch(svg, /NaN|Infinity|undefined/, name);
  }
  const report = readFileSync(join(directory, 'try.md'), 'utf8');
  t.match(report, /^# try\n/);
  t.match(report, /Quick mode/);
  t.match(report, /\| a, "b" \| 10 \| 2 \| 0 \| 4 \(3-5\) \|/);
  t.match(report, /\n## Failed measurements\n[^]*\n- nf c, rate 10, run 2: LAB_FAILED: no\n/);
  const document = JSON.parse(readFileSync(join(directory, 'try.json'), 'utf8')) as object;
  t.match(document, { schemaVersion: 1, experiment: 'try', rows, points: [{ runs: 2 }, {}] });
  t.match(document, { failures });
  t.end();
});

/** Says what a parser of XML would: tags that do not match, stray characters. */
function faultOfXml(text: string): string {
  const open: string[] = [];
  const rest = text.replace(
    /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z:-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, closing: string, name: string, _attributes, empty: string) => {
      if (closing !== '') return open.pop() === name ? '' : `(${name})<`;
      if (empty === '') open.push(name);
      return '';
    },
  );
  const stray = /[<>]|&(?!(amp|lt|gt|quot);)/.exec(rest)?.[0] ?? '';
  return `${stray}${open.join()}`;
}

t.test('loss begins at the first rate that a run did not survive', (t) => {
  const at = (mbps: number, lost: number, completed = 1): Row => ({
    params: { mbps },
    run: 1,
    values: { lost, completed, offeredMbps: mbps - 1 },
  });
  t.equal(highestSurvived([at(30, 0), at(10, 0), at(20, 0), at(20, 1)])?.mbps, 10);
  t.equal(highestSurvived([at(10, 0), at(20, 0, 0), at(30, 0)])?.mbps, 10);
  t.same(highestSurvived([at(10, 0), at(20, 0)]), { mbps: 20, offeredMbps: 19 });
  t.equal(highestSurvived([at(10, 1)]), null);
  t.same(lowestFailed([at(10, 0), at(30, 1), at(20, 0, 0)]), { mbps: 20, offeredMbps: 19 });
  t.equal(lowestFailed([at(10, 0)]), null);
  t.end();
});

t.test('the model: a copy of every packet takes the link three times', (t) => {
  t.equal(modelSeconds(0, 0), 1.6);
  t.equal(modelSeconds(0, 90), 16);
  t.equal(modelSeconds(1, 30), 16);
  t.equal(modelSeconds(1, 34), Infinity);
  t.end();
});

t.test('the command refuses what it does not know, and names what there is', (t) => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  const help = run('--help');
  t.equal(help.status, 0);
  for (const { name } of experiments) t.match(help.stdout, new RegExp(`^ {2}${name} `, 'm'));
  t.match(run('dance'), { status: 1, stderr: /CONFIG_INVALID: .*dance.*\(NAME\)/ });
  t.match(run('scale', '--runs', '0'), { status: 2, stderr: /--runs/ });
  t.match(run(), { status: 2 });
  t.equal(new Set(experiments.map(({ name }) => name)).size, experiments.length);
  t.end();
});
