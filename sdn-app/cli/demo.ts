/** `npm run demo`: a lab, load, migrations back and forth, and what they did to the load. */
import type { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { FerryError } from '../contract/errors.js';
import { loadTopology } from '../contract/load.js';
import {
  reportSchema,
  reportSeriesSchema,
  type Report,
  type ReportSeries,
} from '../contract/report.js';
import { FerryApi } from './api.js';
import { addExample, ExitError, newProgram, runProgram, sharedOptions } from './command-line.js';
import { stepText } from './commands/lab.js';
import { measureBaseline } from './demo/baseline.js';
import { emulatedHosts } from './demo/emulated-hosts.js';
import { withLab } from './demo/lab-session.js';
import { LiveView } from './demo/live-view.js';
import { runMigration, type DemoLab, type RunResult } from './demo/migration-run.js';
import { addDemoOptions, loadOf, type DemoOptions } from './demo/options.js';
import { isClean, limitLine, reportTable, seriesTable } from './demo/result-table.js';
import { addRecoveryDemo } from './demo/recovery/command.js';
import { comparisonTable } from './demo/strategy-table.js';
import { EXIT } from './exit-code.js';
import { microseconds } from './format.js';
import { say, sayJson } from './output.js';

/** `--strategy all`: each that the controller has, in turn. */
const ALL = 'all';

async function demo(options: DemoOptions, json: boolean): Promise<number> {
  // Before anything is built: a demo that cannot be is refused at once.
  const topology = await loadTopology(options.topology);
  const load = loadOf(topology, options);
  const hosts = emulatedHosts(topology, load);
  const view = new LiveView(process.stderr);
  const step = (name: string): void => view.note(`lab: ${stepText(name)}`);
  const results = await withLab(options.topology, step, async (url) => {
    const lab: DemoLab = { api: new FerryApi(url), topology, load, hosts, view };
    const strategies = await chosenStrategies(lab.api, options.strategy);
    await requireCarried(lab);
    const done: RunResult[] = [];
    const total = options.runs * strategies.length;
    for (let run = 0; run < total; run += 1) {
      const strategy = strategies[run % strategies.length] ?? '';
      const title = total === 1 ? 'migration' : `migration ${run + 1} of ${total}`;
      const result = await runMigration(lab, `${title}, ${strategy}`, strategy);
      done.push(result);
      if (!json) tellRun(result);
    }
    return done;
  });
  const reports = results.map(({ report }) => report);
  const document = documentOf(reports);
  if (options.report !== undefined) {
    await writeFile(options.report, `${JSON.stringify(document, null, 2)}\n`);
  }
  const withTcp = load.tcpBps > 0;
  if (json) sayJson(document);
  else if (reports.length > 1) {
    say(seriesTable(reports, withTcp));
    if (options.strategy === ALL) say(comparisonTable(reports));
  }
  return reports.every((report) => isClean(report, withTcp)) ? EXIT.ok : EXIT.notClean;
}

function tellRun({ report, limitMs }: RunResult): void {
  say(reportTable(report));
  if (limitMs !== null) say(limitLine(report, limitMs));
}

function documentOf(reports: readonly Report[]): Report | ReportSeries {
  const [only] = reports;
  if (reports.length === 1 && only !== undefined) return reportSchema.parse(only);
  return reportSeriesSchema.parse({ schemaVersion: 1, runs: reports });
}

/** Refused before any load is sent: the controller knows what strategies there are. */
async function chosenStrategies(api: FerryApi, wanted: string): Promise<string[]> {
  const known = (await api.strategies()).map(({ name }) => name);
  if (wanted === ALL) return known;
  if (known.includes(wanted)) return [wanted];
  const message = `no strategy is named ${wanted}; known: ${known.join(', ')}, ${ALL}`;
  throw new FerryError('STRATEGY_UNKNOWN', message, '--strategy');
}

async function requireCarried(lab: DemoLab): Promise<void> {
  const { lost, offered, medianUs, carries, carriedPps } = await measureBaseline(lab);
  if (carries) return;
  const found =
    carriedPps === null
      ? 'nor does it carry any lower rate that was tried'
      : `it carries --rate ${carriedPps}`;
  const fault = `${lost} of ${offered} packets lost, median latency ${microseconds(medianUs)}`;
  const message = `with no migration going on the lab does not carry the load (${fault}); ${found}`;
  throw new ExitError('LAB_LOSES_PACKETS', message, EXIT.labLoses, '--rate');
}

const program = newProgram('npm run demo --', 'Moves a NAT under load; counts every packet.');
addDemoOptions(program).action(async (options: DemoOptions, command: Command) => {
  process.exitCode = await demo(options, sharedOptions(command).json);
});
addRecoveryDemo(program);
addExample(
  program,
  'npm run demo -- --runs 10 --report report.json',
  '5 something was lost or changed, 6 the lab itself loses packets',
);
await runProgram(program, process.argv);
// After ^C what was going on may still wait for a lab that is gone.
process.exit();
