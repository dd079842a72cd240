// npm run soak: random faults at random moments, and after each whether the lab is whole again.
import { parseArgs } from 'node:util';
import { FerryApi } from '../../sdn-app/cli/api.js';
import { randomScript } from '../../sdn-app/cli/chaos/random.js';
import { emulatedHosts } from '../../sdn-app/cli/demo/emulated-hosts.js';
import { withLab } from '../../sdn-app/cli/demo/lab-session.js';
import { errorLine, renderTable } from '../../sdn-app/cli/output.js';
import { packagePath } from '../../sdn-app/cli/paths.js';
import { FerryError, toFerryError } from '../../sdn-app/contract/errors.js';
import { loadTopology } from '../../sdn-app/contract/load.js';
import { holdingsOf, untilWhole, type Holdings } from './health.js';
import { playRound, type RoundPlan, type RoundResult } from './round.js';
import { SITUATIONS, type SoakLab } from './situation.js';

const usage = `Usage: npm run soak -- [--faults N] [--minutes M] [--seed N] [--topology FILE] [--json]

Faults of random kinds strike a lab under load: in quiet, during migrations, checkpoints and
recoveries. After each the VNF must serve with all of its redundancy, by itself, with no packet
duplicated and no translation changed; at the end nothing may have piled up.

  --faults N       faults in all, 1 to 10000 (default 200)
  --minutes M      no fault begins after that, 1 to 600 (default 60)
  --seed N         the same seed gives the same faults
  --topology FILE  with a traffic section (default topologies/nat-recovery.yaml)
  --json           one JSON document on standard output
  --help           this text

Example: npm run soak -- --faults 20 --seed 7
Exit codes: 0 no law broken, 1 error, 2 wrong command line, 5 a law was broken
`;

/** A load of which a stall of the machine loses nothing. */
const LOAD = { ratePps: 2000, returnRatePps: 2000, flows: 200, entries: 200, tcpBps: 0 };
/** What a controller may grow by: its heap is not collected at once. */
const GROWTH_KB = 96 * 1024;

interface Request {
  faults: number;
  minutes: number;
  seed: number;
  topology: string;
  json: boolean;
}

function readArguments(args: string[]): Request | null {
  const { values } = parseArgs({
    args,
    options: {
      faults: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      topology: { type: 'string', default: packagePath('topologies/nat-recovery.yaml') },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const whole = (name: 'faults' | 'minutes' | 'seed', most: number): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= (name === 'seed' ? 0 : 1) && value <= most)
      return value;
    throw new FerryError('CONFIG_INVALID', `give a whole number up to ${most}`, `--${name}`);
  };
  return {
    faults: whole('faults', 10_000),
    minutes: whole('minutes', 600),
    seed: whole('seed', 4_294_967_295),
    topology: values.topology,
    json: values.json,
  };
}

/** The same faults, situations and moments for the same seed. */
function plansOf(lab: SoakLab, { faults, seed }: Request): RoundPlan[] {
  return randomScript(lab.topology, faults, seed).flatMap((step, index) => {
    // The script's pauses are as random as anything.
    const situation = SITUATIONS[(step.afterMs + index) % SITUATIONS.length];
    const plan = { step: { ...step, afterMs: 0 }, delayMs: step.afterMs % 400 };
    return situation === undefined ? [] : [{ ...plan, situation }];
  });
}

async function soak(request: Request): Promise<boolean> {
  const topology = await loadTopology(request.topology);
  const { traffic } = topology;
  if (traffic === undefined) {
    throw new FerryError('TOPOLOGY_INVALID', `${topology.name} describes no traffic`, 'traffic');
  }
  const load = { ...traffic, ...LOAD };
  const hosts = emulatedHosts(topology, load);
  const results: RoundResult[] = [];
  let growth: Holdings[] = [];
  remark(`seed ${request.seed}`);
  await withLab(
    request.topology,
    (step) => remark(`lab: ${step}`),
    async (url) => {
      const lab: SoakLab = { api: new FerryApi(url), topology, vnf: traffic.vnf };
      const stuck = await untilWhole(lab);
      if (stuck !== undefined) throw new FerryError('LAB_FAILED', stuck);
      const before = await holdingsOf(lab);
      const deadline = performance.now() + request.minutes * 60_000;
      for (const plan of plansOf(lab, request)) {
        if (performance.now() > deadline) break;
        const result = await playRound(plan, lab, load, hosts);
        results.push(result);
        remark(`${results.length}/${request.faults}  ${lineOf(result)}`);
        if (result.broken.some((each) => each.startsWith('not whole'))) break;
      }
      growth = [before, await holdingsOf(lab)];
    },
  );
  const piled = piledUp(growth);
  tell(request, results, piled);
  return piled.length === 0 && results.every(({ broken }) => broken.length === 0);
}

function piledUp([before, after]: Holdings[]): string[] {
  if (before === undefined || after === undefined) return ['the lab was not measured'];
  const found: string[] = [];
  for (const name of ['flows', 'groups', 'processes', 'files'] as const) {
    if (after[name] !== before[name]) found.push(`${name}: ${before[name]}, then ${after[name]}`);
  }
  if (after.controllerKb > before.controllerKb + GROWTH_KB) {
    found.push(`controller: ${before.controllerKb} kB, then ${after.controllerKb} kB`);
  }
  return found;
}

function lineOf({
  situation,
  fault,
  target,
  notDone,
  lost,
  longestGapMs,
  broken,
}: RoundResult): string {
  const outcome = notDone ?? `lost ${lost}, longest gap ${longestGapMs?.toFixed(1) ?? '-'} ms`;
  const verdict = broken.length === 0 ? '' : `  BROKEN: ${broken.join('; ')}`;
  return `${situation}: ${fault} ${target}: ${outcome}${verdict}`;
}

function tell({ seed, json }: Request, results: readonly RoundResult[], piled: string[]): void {
  const broken = results.filter((each) => each.broken.length > 0);
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ schemaVersion: 1, seed, piledUp: piled, rounds: results })}\n`,
    );
    return;
  }
  const names = [...new Set(results.map(({ fault }) => fault))].sort();
  const rows = names.map((name) => {
    const of = results.filter(({ fault, notDone }) => fault === name && notDone === null);
    const gaps = of.map(({ longestGapMs }) => longestGapMs ?? 0).sort((a, b) => a - b);
    const median = gaps[Math.floor(gaps.length / 2)] ?? 0;
    const failed = of.filter((each) => each.broken.length > 0).length;
    return [name, String(of.length), median.toFixed(1), String(failed)];
  });
  process.stdout.write(
    `${renderTable(['fault', 'times', 'median gap, ms', 'laws broken'], rows)}\n`,
  );
  for (const each of broken) process.stdout.write(`${lineOf(each)}\n`);
  for (const each of piled) process.stdout.write(`piled up: ${each}\n`);
}

function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

try {
  const request = readArguments(process.argv.slice(2));
  if (request === null) process.stdout.write(usage);
  else process.exitCode = (await soak(request)) ? 0 : 5;
} catch (error) {
  const known = toFerryError(error);
  remark(errorLine(known));
  process.exitCode = known.code === 'CONFIG_INVALID' ? 2 : 1;
}
