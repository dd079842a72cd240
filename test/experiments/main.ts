// npm run experiment -- NAME: measures what is missing, and writes what comes out.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { FerryError } from '../../sdn-app/contract/errors.js';
import {
  addExample,
  newProgram,
  runProgram,
  sharedOptions,
} from '../../sdn-app/cli/command-line.js';
import { EXIT } from '../../sdn-app/cli/exit-code.js';
import { remark, say, sayJson } from '../../sdn-app/cli/output.js';
import { wholeNumber } from '../../sdn-app/cli/values.js';
import { watchEnvironment } from '../bench/environment.js';
import type { Experiment } from './experiment.js';
import { findingText, writeFiles } from './output.js';
import { MeasurementRecord } from './record.js';
import { experiments } from './registry.js';
import { runMissing } from './runner.js';
import { select } from './selection.js';

interface Options {
  runs?: number;
  faults?: number;
  out: string;
  quick: boolean;
  only: string[];
}

async function run(experiment: Experiment, options: Options, json: boolean): Promise<number> {
  mkdirSync(options.out, { recursive: true });
  const file = join(options.out, `${experiment.measurements}.measurements.jsonl`);
  const record = new MeasurementRecord(file, experiment.measurements, options.quick);
  const runs = options.runs ?? options.faults ?? (options.quick ? 1 : experiment.runs);
  const environmentNow = watchEnvironment();
  const groups = select(await experiment.groups(options.quick), options.only);
  const { failed } = await runMissing(groups, runs, record, remark, experiment.slice);
  const rows = record.rows();
  const conclusion = experiment.conclude(rows);
  const environment = environmentNow();
  const failures = record.failures();
  const outcome = { experiment, quick: options.quick, environment, rows, failures, conclusion };
  const document = writeFiles(options.out, outcome);
  if (json) sayJson(document);
  else for (const finding of conclusion.findings) say(findingText(finding));
  remark(`written: ${join(options.out, experiment.name)}.md, .json, .csv and plots`);
  if (failures.length > 0) remark(`${failures.length} measurements failed: see the report`);
  for (const each of failed) remark(`not measured: ${each}`);
  return failed.length === 0 ? EXIT.ok : EXIT.error;
}

const list = experiments.map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`).join('\n');
const program = newProgram('npm run experiment --', 'Redoes the figures that Ferry claims.')
  .argument('<name>', experiments.map(({ name }) => name).join(', '))
  .addOption(new Option('--runs <n>', 'measurements of each point').argParser(wholeNumber(1, 100)))
  .addOption(
    new Option('--faults <n>', 'faults of each kind, where they strike; the same as --runs')
      .argParser(wholeNumber(1, 100))
      .conflicts('runs'),
  )
  .option('--out <dir>', 'what is measured and written; started again, it goes on', 'experiments')
  .option('--quick', 'a few small points: whether it works, not what comes out', false)
  .option('--only <name=values...>', 'points with these parameters, like mbps=30,33', [])
  .addHelpText('after', `\nExperiments:\n${list}`)
  .action(async (name: string, options: Options, command: Command) => {
    const experiment = experiments.find((each) => each.name === name);
    if (experiment === undefined) {
      throw new FerryError('CONFIG_INVALID', `there is no experiment ${name}`, 'NAME');
    }
    process.exitCode = await run(experiment, options, sharedOptions(command).json);
  });
addExample(program, 'npm run experiment -- scale --runs 3 --out results');
await runProgram(program, process.argv);
// After ^C what was going on may still wait for a lab that is gone.
process.exit();
