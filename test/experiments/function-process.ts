// A network function in a process of its own, and a sink for what it sends of its state.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { nfDefinition } from '../../sdn-app/contract/nf.js';
import { portOrder, type VnfSpec } from '../../sdn-app/contract/topology.js';
import { FerryError } from '../../sdn-app/contract/errors.js';
import { Child } from '../bench/child.js';
import {
  functionAnswer,
  type FunctionAnswer,
  type FunctionCommand,
  type FunctionOptions,
} from './function-schema.js';
import { inNamespace, type LineFunction } from './line-lab.js';

const entry = fileURLToPath(new URL('./function-main.js', import.meta.url));
const native = fileURLToPath(new URL('../../../native/', import.meta.url));
const TOKEN = '0123456789abcdef0123456789abcdef';
/** Longest that a session takes to come about on a machine that stalls. */
const SESSION_MS = 60_000;

const sinkOutput = z.strictObject({ port: z.int() });

/** Builds programs of native/bench that are measured or needed. */
export function buildBench(...programs: string[]): void {
  const targets = programs.map((name) => `build-bench/bin/${name}`);
  execFileSync('make', ['-s', '-C', native, '-j2', ...targets], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export function benchProgram(name: string): string {
  return `${native}build-bench/bin/${name}`;
}

export class FunctionProcess {
  readonly #child: Child;
  #sink: Child | undefined;

  private constructor(child: Child) {
    this.#child = child;
  }

  /** Serves when this resolves. */
  static async open(vnf: VnfSpec, place: LineFunction): Promise<FunctionProcess> {
    const child = new Child([...inNamespace(place.namespace), process.execPath, entry]);
    const opened = new FunctionProcess(child);
    try {
      child.send(optionsOf(vnf, place));
      functionAnswer.parse(await child.next());
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  stats(): Promise<FunctionAnswer> {
    return this.#ask({ do: 'stats' });
  }

  /** Sends its state to a sink in its own namespace until it has sent a snapshot, and goes on. */
  async stream(
    place: LineFunction,
    onProgress: (answer: FunctionAnswer) => void = () => undefined,
  ): Promise<void> {
    this.#sink = new Child([
      ...inNamespace(place.namespace),
      benchProgram('statelet_sink'),
      '127.0.0.1',
    ]);
    const { port } = sinkOutput.parse(await this.#sink.next());
    onProgress(
      await this.#ask({ do: 'connect', to: { address: '127.0.0.1', port, token: TOKEN } }),
    );
    const deadline = performance.now() + SESSION_MS;
    for (;;) {
      const answer = await this.stats();
      onProgress(answer);
      if (answer.phase === 'streaming') return;
      if (answer.phase === 'lost' || performance.now() > deadline) {
        throw new FerryError('INSTANCE_FAILED', `synchronisation is ${answer.phase}`);
      }
      await sleep(5);
    }
  }

  async close(): Promise<void> {
    await this.#child.close();
    await this.#sink?.close();
  }

  async #ask(command: FunctionCommand): Promise<FunctionAnswer> {
    this.#child.send(command);
    return functionAnswer.parse(await this.#child.next());
  }
}

function optionsOf(vnf: VnfSpec, place: LineFunction): FunctionOptions {
  const names = portOrder(vnf);
  const addresses = Object.fromEntries(
    Object.entries(vnf.ports).map(([name, { mac, address }]) => [name, { mac, address }]),
  );
  return {
    kind: vnf.kind,
    role: 'serving',
    config: { ...nfDefinition(vnf.kind).native(vnf.config, addresses) },
    ports: names.map((name, index) => ({
      interface: place.interfaces[index] ?? '',
      mac: vnf.ports[name]?.mac ?? '',
    })),
    stateletWindowMs: vnf.stateletWindowMs,
  };
}
