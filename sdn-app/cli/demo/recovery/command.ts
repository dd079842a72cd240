/** `npm run demo -- recovery`: failures under load, by each mechanism in its topology, compared. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { FerryError } from '../../../contract/errors.js';
import { loadTopology } from '../../../contract/load.js';
import type { Topology } from '../../../contract/topology.js';
import { FerryApi } from '../../api.js';
import { addExample, sharedOptions } from '../../command-line.js';
import { stepText } from '../../commands/lab.js';
import { EXIT } from '../../exit-code.js';
import { say, sayJson } from '../../output.js';
import { wholeNumber } from '../../values.js';
import { emulatedHosts } from '../emulated-hosts.js';
import { withLabOf } from '../lab-session.js';
import { LiveView } from '../live-view.js';
import type { DemoLab } from '../migration-run.js';
import { loadOf } from '../options.js';
import { DEMO_FAULTS, FAULT_TEXT, stepsOf, type DemoFault } from './faults.js';
import { shownMechanisms } from './mechanisms.js';
import { runRecovery } from './run.js';
import { comparisonTable, type DemoResult } from './table.js';

interface RecoveryOptions {
  topology?: string;
  mechanisms?: string[];
  faults: DemoFault[];
  runs: number;
  rate?: number;
  report?: string;
  json: boolean;
}

export function addRecoveryDemo(program: Command): void {
  const number = (flag: string, text: string, most: number): Option =>
    new Option(flag, text).argParser(wholeNumber(1, most));
  // Its options are its own, though the demo of migrations has some of the same names.
  program.enablePositionalOptions();
  const recovery = program
    .command('recovery')
    .description('failures of a protected VNF under load, and what they cost')
    .option('--mechanisms <names>', 'some of them, by commas; all when not given', (text) => {
      return text.split(',');
    })
    .addOption(
      new Option('--topology <file>', 'a topology file whose VNF has a mechanism').conflicts(
        'mechanisms',
      ),
    )
    .option('--faults <names>', `of ${DEMO_FAULTS.join(', ')}, by commas`, parseFaults, [
      ...DEMO_FAULTS,
    ])
    .addOption(number('--runs <k>', 'times that each fault strikes', 100).default(1))
    .addOption(number('--rate <pps>', 'packets per second, each way', 1_000_000))
    .option('--report <file>', 'write the reports (JSON) to this file')
    .option('--json', 'print the reports as one JSON document on stdout', false)
    .configureHelp({ showGlobalOptions: false })
    .action(async (options: RecoveryOptions, command: Command) => {
      refuseBefore(program);
      process.exitCode = await demo(options, options.json || sharedOptions(command).json);
    });
  addExample(
    recovery,
    'npm run demo -- recovery --mechanisms 1R-AS --faults kill,link --runs 5',
    '5 a translation was changed',
  );
}

/** Options of the demo of migrations have no meaning here. */
function refuseBefore(program: Command): void {
  for (const option of program.options) {
    const name = option.attributeName();
    if (name === 'json' || program.getOptionValueSource(name) !== 'cli') continue;
    const message = `${option.long ?? name} does not go before \`recovery\`; see its --help`;
    throw new FerryError('CONFIG_INVALID', message, option.long);
  }
}

function parseFaults(text: string): DemoFault[] {
  return text.split(',').map((name) => {
    const found = DEMO_FAULTS.find((each) => each === name);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`use some of ${DEMO_FAULTS.join(', ')}`);
  });
}

async function demo(options: RecoveryOptions, json: boolean): Promise<number> {
  // Before anything is built: a demo that cannot be is refused at once.
  const topologies = await topologiesOf(options);
  const results: DemoResult[] = [];
  for (const topology of topologies) results.push(...(await strikeIn(topology, options)));
  const reports = results.map(({ report }) => report);
  if (options.report !== undefined) {
    await writeFile(options.report, `${JSON.stringify(reports, null, 2)}\n`);
  }
  if (json) sayJson(reports);
  else say(comparisonTable(results));
  const clean = results.every(({ resource, report }) => {
    return resource.state === 'completed' && report.recovery.translationsChanged === 0;
  });
  return clean ? EXIT.ok : EXIT.notClean;
}

/** A lab, and each fault in it. */
async function strikeIn(topology: Topology, options: RecoveryOptions): Promise<DemoResult[]> {
  const rate = options.rate === undefined ? {} : { rate: options.rate };
  const load = loadOf(topology, rate);
  const hosts = emulatedHosts(topology, load);
  const view = new LiveView(process.stderr);
  const step = (name: string): void => view.note(`lab ${topology.name}: ${stepText(name)}`);
  return withLabOf(topology, step, async (url) => {
    const lab: DemoLab = { api: new FerryApi(url), topology, load, hosts, view };
    const done: DemoResult[] = [];
    for (let run = 0; run < options.runs; run += 1) {
      for (const fault of options.faults) {
        const stepsAt = (host: string) => stepsOf(fault, topology, { vnf: load.vnf, host });
        done.push({ fault, ...(await runRecovery(lab, FAULT_TEXT[fault], stepsAt)) });
      }
    }
    return done;
  });
}

async function topologiesOf({ topology, mechanisms }: RecoveryOptions): Promise<Topology[]> {
  if (topology !== undefined) return [await loadTopology(topology)];
  const shown = await shownMechanisms();
  const names = shown.map(({ name }) => name);
  const unknown = mechanisms?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const message = `there is no mechanism ${unknown}: use some of ${names.join(', ')}`;
    throw new FerryError('CONFIG_INVALID', message, '--mechanisms');
  }
  return shown
    .filter(({ name }) => mechanisms === undefined || mechanisms.includes(name))
    .map((each) => each.topology);
}
