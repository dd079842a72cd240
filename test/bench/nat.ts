// The NAT: alone in memory, between veths with and without statelets, and beside the kernel's own.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { TrafficProcess } from '../../native/traffic-process.js';
import { combine, type TrafficEnd } from '../../native/traffic-report.js';
import { BenchError, ratio, type Bench, type BenchResult, type Series } from './bench.js';
import { Child } from './child.js';
import { addresses, NatLab } from './nat-lab.js';

const native = fileURLToPath(new URL('../../../native/', import.meta.url));
const programs = `${native}build-bench/bin/`;
const instanceEntry = fileURLToPath(new URL('./nat-instance.js', import.meta.url));

const flows = 1_000;
const packetBytes = 512;
const token = '0123456789abcdef0123456789abcdef';
const memoryMs = 500;
const trafficMs = 1_000;
const fixedRatePps = 20_000;

const memoryOutput = z.strictObject({ packetsPerSecond: z.number(), stateletFactor: z.number() });
const sinkOutput = z.strictObject({ port: z.int() });
const servingOutput = z.strictObject({ type: z.literal('serving') });
const endedOutput = z.strictObject({
  type: z.literal('ended'),
  processedPackets: z.number(),
  stateletBytes: z.number(),
  cpuUs: z.number(),
});

/** Ways of translating between the two links of the middle host. */
type Variant = 'kernel' | 'quiet' | 'statelets';

const variantNames: Record<Variant, string> = {
  kernel: 'kernel masquerade',
  quiet: 'ferry',
  statelets: 'ferry with statelets',
};

class NatMeasurement {
  readonly #lab: NatLab;
  readonly #series = new Map<string, Series>();
  #runId = 0;

  constructor(lab: NatLab) {
    this.#lab = lab;
  }

  memory(mappings: number, mode: 'quiet' | 'statelets'): void {
    const args = [mappings, packetBytes, memoryMs, mode].map(String);
    const output = execFileSync(`${programs}nat_memory`, args, { encoding: 'utf8' });
    const { packetsPerSecond, stateletFactor } = memoryOutput.parse(JSON.parse(output));
    const name = memoryName(mappings, mode);
    this.#add(name, 'packets/s', packetsPerSecond);
    if (mode === 'statelets') this.#add(`${name}: statelet factor`, 'byte/byte', stateletFactor);
  }

  async through(variant: Variant): Promise<void> {
    const stop = await this.#startNat(variant);
    try {
      await this.#highestRate(variantNames[variant]);
      await this.#latency(variantNames[variant]);
    } finally {
      await stop();
    }
  }

  series(name: string): Series {
    const found = this.#series.get(name);
    if (found === undefined) throw new BenchError('BENCH_SERIES', `Nothing measured '${name}'.`);
    return found;
  }

  all(): Series[] {
    return [...this.#series.values()];
  }

  #add(name: string, unit: string, sample: number): void {
    const series = this.#series.get(name) ?? { name, unit, samples: [] };
    series.samples.push(sample);
    this.#series.set(name, series);
  }

  async #highestRate(name: string): Promise<void> {
    const [client, server] = await this.#traffic(true);
    const { received, firstArrivalUs, lastArrivalUs } = server.report;
    if (received < 2) throw new BenchError('BENCH_SILENT', `${name} let nothing through.`);
    const { sent, firstSentUs, lastSentUs } = client.report;
    // By the receiver's own time: what buffers still held when the sender stopped is no rate.
    this.#add(
      rateName(name),
      'packets/s',
      (1e6 * (received - 1)) / (lastArrivalUs - firstArrivalUs),
    );
    this.#add(`${name}: offered flat out`, 'packets/s', (1e6 * sent) / (lastSentUs - firstSentUs));
  }

  async #latency(name: string): Promise<void> {
    const report = combine(...(await this.#traffic(false)));
    this.#add(`${name}: p50 at ${fixedRatePps}/s`, 'us', report.latency.p50Us ?? NaN);
    this.#add(`${name}: p99 at ${fixedRatePps}/s`, 'us', report.latency.p99Us ?? NaN);
    this.#add(`${name}: lost at ${fixedRatePps}/s`, 'packets', report.lost);
  }

  async #traffic(flatOut: boolean): Promise<[client: TrafficEnd, server: TrafficEnd]> {
    const { hostInterface, client: clientHost, server: serverHost } = this.#lab;
    const common = {
      interface: hostInterface,
      runId: ++this.#runId,
      serverAddress: addresses.server,
      flows,
      packetBytes,
      ratePps: fixedRatePps,
      durationMs: trafficMs,
      flatOut,
    };
    const server = await TrafficProcess.open(this.#lab.inHost(serverHost), {
      role: 'server',
      ...common,
    });
    try {
      const client = await TrafficProcess.open(this.#lab.inHost(clientHost), {
        role: 'client',
        clientAddress: addresses.client,
        nextHop: addresses.inside,
        ...common,
      });
      try {
        client.start();
        const ends = Promise.all([client.end(), server.end()]);
        return await ends;
      } finally {
        await client.close();
      }
    } finally {
      await server.close();
    }
  }

  /** Returns what ends it. */
  async #startNat(variant: Variant): Promise<() => Promise<void>> {
    if (variant === 'kernel') {
      this.#lab.kernelNatOn();
      return () => {
        this.#lab.kernelNatOff();
        return Promise.resolve();
      };
    }
    const inNat = this.#lab.inHost(this.#lab.nat);
    const children: Child[] = [];
    const closeAll = async () => {
      for (const child of children.reverse()) await child.close();
    };
    try {
      let sink;
      if (variant === 'statelets') {
        const child = new Child([...inNat, `${programs}statelet_sink`, '127.0.0.1']);
        children.push(child);
        sink = { address: '127.0.0.1', port: sinkOutput.parse(await child.next()).port, token };
      }
      const nat = new Child([...inNat, process.execPath, instanceEntry]);
      children.push(nat);
      nat.send({ instance: this.#instanceOptions(), ...(sink === undefined ? {} : { sink }) });
      servingOutput.parse(await nat.next());
      return async () => {
        const ended = nat.next();
        await nat.close();
        const { processedPackets, stateletBytes, cpuUs } = endedOutput.parse(await ended);
        await closeAll();
        if (stateletBytes > 0 !== (variant === 'statelets')) {
          throw new BenchError('BENCH_STATELETS', `${stateletBytes} statelet bytes went out.`);
        }
        this.#add(cpuName(variantNames[variant]), 'us/packet', cpuUs / processedPackets);
      };
    } catch (error) {
      await closeAll();
      throw error;
    }
  }

  #instanceOptions(): object {
    const { inside, insidePrefix, outside, outsidePrefix } = addresses;
    const macs = ['02:fe:00:00:0b:01', '02:fe:00:00:0b:02'] as const;
    return {
      kind: 'nat44',
      role: 'serving',
      config: {
        inside: { mac: macs[0], address: `${inside}/${insidePrefix}` },
        outside: { mac: macs[1], address: `${outside}/${outsidePrefix}` },
        pool: [outside],
        capacity: 2 * flows,
      },
      ports: [
        { interface: this.#lab.insideInterface, mac: macs[0] },
        { interface: this.#lab.outsideInterface, mac: macs[1] },
      ],
    };
  }
}

function memoryName(mappings: number, mode: 'quiet' | 'statelets'): string {
  return `memory, ${mappings} flows${mode === 'quiet' ? '' : ', statelets'}`;
}

function rateName(name: string): string {
  return `${name}: highest rate`;
}

function cpuName(name: string): string {
  return `${name}: processor time`;
}

const memorySizes = [1_000, 100_000] as const;

async function run(rounds: number, progress: (line: string) => void): Promise<BenchResult> {
  if (process.getuid?.() !== 0) {
    throw new BenchError('BENCH_NOT_ROOT', 'Network namespaces need root: run it as root.');
  }
  progress('building native benchmarks');
  const targets = ['nat_memory', 'statelet_sink'].map((name) => `build-bench/bin/${name}`);
  execFileSync('make', ['-C', native, '-j2', ...targets], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const lab = new NatLab();
  const measurement = new NatMeasurement(lab);
  try {
    lab.create();
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}`);
      for (const mappings of memorySizes) {
        measurement.memory(mappings, 'quiet');
        measurement.memory(mappings, 'statelets');
      }
      for (const variant of ['kernel', 'quiet', 'statelets'] as const) {
        await measurement.through(variant);
      }
    }
  } finally {
    lab.remove();
  }
  const rate = (variant: Variant) => measurement.series(rateName(variantNames[variant]));
  const cpu = (variant: Variant) => measurement.series(cpuName(variantNames[variant]));
  return {
    series: measurement.all(),
    ratios: [
      ratio(rate('quiet'), rate('kernel'), { atLeast: 1 }),
      ratio(rate('statelets'), rate('kernel'), { atLeast: 1 }),
      ratio(rate('statelets'), rate('quiet'), { atLeast: 0.95 }),
      // The same cost by another measure, which other load on the machine disturbs less.
      ratio(cpu('statelets'), cpu('quiet'), { atMost: 1.05 }),
      ...memorySizes.map((mappings) =>
        ratio(
          measurement.series(memoryName(mappings, 'statelets')),
          measurement.series(memoryName(mappings, 'quiet')),
        ),
      ),
    ],
  };
}

export const natBench: Bench = {
  name: 'nat',
  summary: 'packets per second and latency of the NAT: in memory, through veth, beside the kernel',
  run,
};
