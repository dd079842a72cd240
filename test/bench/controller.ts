// Flow set-ups per second and latency: Ferry beside Open vSwitch's test controller and os-ken.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { BenchError, ratio, type Aim, type Bench, type BenchResult, type Series } from './bench.js';
import {
  ferry,
  isInstalled,
  limit,
  nodeLimit,
  osken,
  testcontroller,
  withPeer,
  type Peer,
} from './controller-peers.js';

const native = fileURLToPath(new URL('../../../native/', import.meta.url));
const swarm = 'build-bench/bin/switch_swarm';
const programs = [swarm, 'build-bench/bin/swarm_limit'];
const measureMs = 2_000;
const window = 64;
/** USER_HZ of Linux is 100. */
const tickUs = 10_000;

const output = z.strictObject({
  answersPerSecond: z.number(),
  flowModsPerSecond: z.number(),
  answersInAll: z.number(),
  lost: z.number(),
  errors: z.number(),
  p50Us: z.number(),
  p99Us: z.number(),
  maxUs: z.number(),
  generatorLoad: z.number(),
});

interface Scenario {
  name: string;
  switches: number;
  /** Packet-ins of one switch that wait for their answers. */
  window: number;
}

const alone: Scenario = { name: 'one at a time', switches: 1, window: 1 };
const crowdOf = (switches: number): Scenario => ({
  name: `${switches} ${switches === 1 ? 'switch' : 'switches'}`,
  switches,
  window,
});
/** The one that the aims are about. */
const crowd = crowdOf(16);
const crowds = [crowdOf(1), crowd, crowdOf(256)];

const rateName = (peer: Peer, { name }: Scenario) => `${peer.name}, ${name}: flow set-ups`;
const p50Name = (peer: Peer, { name }: Scenario) => `${peer.name}, ${name}: p50`;

const cpuName = (peer: Peer, { name }: Scenario) => `${peer.name}, ${name}: processor time`;

const serves = (peer: Peer, { switches }: Scenario) => switches <= (peer.maxSwitches ?? Infinity);

/** Processor time that a process has used. */
function processorUs(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
  const [user, system] = afterName.split(' ').slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) * tickUs;
}

class Measurement {
  readonly #series = new Map<string, Series>();

  async run(peer: Peer, scenario: Scenario): Promise<void> {
    const args = [scenario.switches, scenario.window, measureMs].map(String);
    const [found, cpuUs] = await withPeer(peer, async (port, pid) => {
      const before = processorUs(pid);
      const { stdout } = await promisify(execFile)(`${native}${swarm}`, [String(port), ...args]);
      return [output.parse(JSON.parse(stdout)), processorUs(pid) - before] as const;
    });
    if (found.answersPerSecond === 0) {
      throw new BenchError('BENCH_SILENT', `${peer.name} answered nothing.`);
    }
    this.#add(cpuName(peer, scenario), 'us/answer', cpuUs / found.answersInAll);
    const name = `${peer.name}, ${scenario.name}`;
    this.#add(rateName(peer, scenario), 'answers/s', found.answersPerSecond);
    this.#add(p50Name(peer, scenario), 'us', found.p50Us);
    this.#add(`${name}: p99`, 'us', found.p99Us);
    this.#add(`${name}: lost`, 'packet-ins', found.lost);
    this.#add(`${name}: generator`, 'of a processor', found.generatorLoad);
  }

  ratio(of: string, to: string, aim?: Aim): ReturnType<typeof ratio> {
    return ratio(this.#get(of), this.#get(to), aim);
  }

  all(): Series[] {
    return [...this.#series.values()];
  }

  #get(name: string): Series {
    const found = this.#series.get(name);
    if (found === undefined) throw new BenchError('BENCH_SERIES', `Nothing measured '${name}'.`);
    return found;
  }

  #add(name: string, unit: string, sample: number): void {
    const series = this.#series.get(name) ?? { name, unit, samples: [] };
    series.samples.push(sample);
    this.#series.set(name, series);
  }
}

/** What Ferry is meant to reach against a peer. */
function aimOf(peer: Peer, scenario: Scenario): Aim | undefined {
  if (scenario !== crowd) return undefined;
  return { atLeast: peer === testcontroller ? 2 : 40 };
}

async function run(rounds: number, progress: (line: string) => void): Promise<BenchResult> {
  progress('building native benchmarks');
  execFileSync('make', ['-C', native, '-j2', ...programs], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const rivals = [testcontroller, osken].filter((peer) => {
    if (isInstalled(peer)) return true;
    progress(`${peer.name} is skipped: apt-get install ${peer.packageName ?? peer.name}`);
    return false;
  });
  const scenarios = [...crowds, alone];
  const limits = [nodeLimit, limit];
  for (const peer of rivals) {
    for (const scenario of scenarios.filter((each) => !serves(peer, each))) {
      progress(`${peer.name} is skipped with ${scenario.name}: it serves ${peer.maxSwitches ?? 0}`);
    }
  }
  const measurement = new Measurement();
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}`);
    for (const scenario of scenarios) {
      for (const peer of [ferry, ...rivals, ...limits]) {
        if (serves(peer, scenario)) await measurement.run(peer, scenario);
      }
    }
  }
  return {
    series: measurement.all(),
    ratios: rivals
      .flatMap((peer) => [
        ...crowds
          .filter((scenario) => serves(peer, scenario))
          .map((scenario) =>
            measurement.ratio(
              rateName(ferry, scenario),
              rateName(peer, scenario),
              aimOf(peer, scenario),
            ),
          ),
        measurement.ratio(
          p50Name(ferry, alone),
          p50Name(peer, alone),
          peer === testcontroller ? { atMost: 2 } : undefined,
        ),
        // The same work by another measure, which other load on the machine disturbs less.
        measurement.ratio(cpuName(ferry, crowd), cpuName(peer, crowd)),
      ])
      .concat(
        limits.map((peer) => measurement.ratio(rateName(ferry, crowd), rateName(peer, crowd))),
      ),
  };
}

export const controllerBench: Bench = {
  name: 'controller',
  summary: 'flow set-ups per second and latency, beside testcontroller and os-ken',
  run,
};
