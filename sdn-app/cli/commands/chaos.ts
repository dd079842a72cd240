/** `ferry chaos`: rehearses failures on the lab. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ChaosOutcome, ChaosReport } from '../../contract/chaos.js';
import { FerryError } from '../../contract/errors.js';
import { loadTopology } from '../../contract/load.js';
import type { VnfResource } from '../../contract/rest.js';
import { FerryApi } from '../api.js';
import { play } from '../chaos/play.js';
import { randomScript } from '../chaos/random.js';
import { addExample, sharedOptions } from '../command-line.js';
import { EXIT } from '../exit-code.js';
import { catchSignals } from '../interrupt.js';
import { readJournal } from '../lab/journal.js';
import { requireRoot } from '../lab/program.js';
import { join } from 'node:path';
import { LAB_DIR } from '../paths.js';
import { renderTable, remark, say, sayJson } from '../output.js';
import { wholeNumber } from '../values.js';

const POLL_MS = 200;

interface ChaosOptions {
  random?: number;
  seed?: number;
  settle: number;
}

export function addChaosCommand(program: Command): void {
  const chaos = program
    .command('chaos')
    .description('do to the lab what the chaos script of a topology says, then look what serves')
    .argument('[file]', 'topology file with the script; the lab’s own when absent')
    .option('--random <count>', 'random faults in place of a script', wholeNumber(1, 10_000))
    .option('--seed <number>', 'of the random faults', wholeNumber(0, 4_294_967_295))
    .option('--settle <seconds>', 'time to recover after the last fault', wholeNumber(0, 600), 60)
    .action(async (file: string | undefined, options: ChaosOptions, command: Command) => {
      requireRoot();
      const { json } = sharedOptions(command);
      const report = await rehearse(file, options, (outcome) => {
        remark(`${(outcome.atMs / 1000).toFixed(1)} s  ${lineOf(outcome)}`);
      });
      process.exitCode = report.recovered ? EXIT.ok : EXIT.failed;
      if (json) sayJson(report);
      else tellReport(report);
    });
  addExample(
    chaos,
    'ferry chaos --random 10 --seed 7',
    'and 4 when a VNF does not serve at the end',
  );
}

async function rehearse(
  file: string | undefined,
  options: ChaosOptions,
  tell: (outcome: ChaosOutcome) => void,
): Promise<ChaosReport> {
  const journal = await readJournal();
  const topology = await loadTopology(join(LAB_DIR, 'topology.yaml'));
  const scripted = file === undefined ? topology : await loadTopology(file);
  const seed = options.random === undefined ? null : (options.seed ?? Date.now() % 1_000_000);
  const script = seed === null ? scripted.chaos : randomScript(topology, options.random ?? 0, seed);
  if (script.length === 0) {
    const message = 'the topology has no chaos script: give one, or --random COUNT';
    throw new FerryError('CONFIG_INVALID', message, 'chaos');
  }
  if (seed !== null) remark(`seed ${seed}`);
  const api = new FerryApi(`http://127.0.0.1:${journal.httpPort}`);
  const interrupt = catchSignals();
  try {
    const steps = await play(script, { topology, api }, tell, interrupt.signal);
    interrupt.signal.throwIfAborted();
    const vnfs = await settled(api, options.settle * 1000);
    return {
      schemaVersion: 1,
      seed,
      steps,
      vnfs: vnfs.map(({ name, state, host }) => ({ name, state, host })),
      recovered: vnfs.every(isServing),
    };
  } finally {
    interrupt.release();
  }
}

/** The VNFs once all of them serve, or when the time is over. */
async function settled(api: FerryApi, patienceMs: number): Promise<VnfResource[]> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const vnfs = await api.vnfs().catch((error: unknown) => {
      if (performance.now() < deadline) return undefined;
      throw error;
    });
    if (vnfs !== undefined && (vnfs.every(isServing) || performance.now() >= deadline)) return vnfs;
    await sleep(POLL_MS);
  }
}

const isServing = ({ state }: VnfResource): boolean => state === 'serving';

function lineOf({ fault, target, failure }: ChaosOutcome): string {
  return failure === null ? `${fault} ${target}` : `${fault} ${target}: not done, ${failure}`;
}

function tellReport({ steps, vnfs }: ChaosReport): void {
  const rows = steps.map(({ atMs, fault, target, failure }) => [
    (atMs / 1000).toFixed(1),
    fault,
    target,
    failure ?? 'done',
  ]);
  say(renderTable(['s', 'fault', 'target', ''], rows));
  say(
    renderTable(
      ['VNF', 'state', 'host'],
      vnfs.map(({ name, state, host }) => [name, state, host]),
    ),
  );
}
