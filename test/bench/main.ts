// npm run bench -- NAME: runs one benchmark and prints what it measured.
import { parseArgs } from 'node:util';
import { messageOf } from '../../sdn-app/contract/errors.js';
import { BenchError, spread, type Bench } from './bench.js';
import { watchEnvironment } from './environment.js';
import { codecBench } from './codec.js';
import { controllerBench } from './controller.js';
import { natBench } from './nat.js';
import { printable } from './print.js';
import { snapshotBench } from './snapshot.js';

const benches: readonly Bench[] = [natBench, codecBench, controllerBench, snapshotBench];

const usage = `Usage: npm run bench -- NAME [--rounds N] [--json]

Runs every variant of a benchmark in turn, round by round, and prints the spread over the rounds.

Benchmarks:
${benches.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

Options:
  --rounds N  rounds to run, 1 to 100 (default 5)
  --json      one JSON document on standard output instead of tables
  --help      this text

Example: npm run bench -- nat --rounds 3 --json
`;

interface Request {
  bench: Bench;
  rounds: number;
  json: boolean;
}

function refuse(message: string): never {
  throw new BenchError('BENCH_USAGE', `${message} See npm run bench -- --help.`);
}

/** Null when only help was asked for. */
function readArguments(args: string[]): Request | null {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '5' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    refuse(messageOf(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return null;
  const known = benches.map(({ name }) => name).join(', ');
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) refuse(`NAME: give one of ${known}.`);
  const bench = benches.find((candidate) => candidate.name === name);
  if (bench === undefined) refuse(`NAME: there is no benchmark '${name}', only ${known}.`);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
    refuse('--rounds: give a whole number from 1 to 100.');
  }
  return { bench, rounds, json: values.json };
}

async function main(): Promise<void> {
  const request = readArguments(process.argv.slice(2));
  if (request === null) {
    process.stdout.write(usage);
    return;
  }
  const { bench, rounds, json } = request;
  const environmentNow = watchEnvironment();
  const result = await bench.run(rounds, (line) => process.stderr.write(`${line}\n`));
  const environment = environmentNow();
  const withSpread = <Item extends { samples: number[] }>(item: Item) => ({
    ...item,
    ...spread(item.samples),
  });
  process.stdout.write(
    json
      ? `${JSON.stringify({
          schemaVersion: 1,
          bench: bench.name,
          rounds,
          environment,
          series: result.series.map(withSpread),
          ratios: result.ratios.map(withSpread),
        })}\n`
      : `${printable(bench.name, result, environment)}\n`,
  );
}

main().catch((error: unknown) => {
  const known = error instanceof BenchError;
  const message = messageOf(error);
  process.stderr.write(`${known ? error.code : 'BENCH_FAILED'}: ${message}\n`);
  process.exitCode = known && error.code === 'BENCH_USAGE' ? 2 : 1;
});
