// Traffic endpoints as processes, each in its own host: started, commanded and read from here.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LineSplitter } from './line-splitter.js';
import { combine, type TrafficEnd, type TrafficReport } from './traffic-report.js';
import {
  trafficMessage,
  trafficOptions,
  type EndpointStats,
  type EntryRange,
  type TrafficCommand,
  type TrafficMessage,
  type TrafficOptions,
  type TrafficOptionsInput,
} from './traffic-schema.js';

const maxLineChars = 8 * 1_024 * 1_024;
const entry = fileURLToPath(new URL('./traffic-endpoint.js', import.meta.url));

/** TRAFFIC_PROCESS: the process ended or talked nonsense; else the code that the endpoint gave. */
export class TrafficError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly field?: string,
  ) {
    super(message);
    this.name = 'TrafficError';
  }
}

type MessageOf<Type extends TrafficMessage['type']> = Extract<TrafficMessage, { type: Type }>;

interface Waiter {
  type: TrafficMessage['type'];
  resolve: (message: TrafficMessage) => void;
  reject: (error: TrafficError) => void;
}

/** One endpoint in a process of its own. Every wait ends when the process does. */
export class TrafficProcess {
  readonly options: TrafficOptions;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #onStats: (stats: EndpointStats) => void;
  readonly #waiters = new Set<Waiter>();
  readonly #report: Promise<MessageOf<'report'>>;
  #failure: TrafficError | undefined;
  #stderr = '';

  private constructor(
    child: ChildProcessWithoutNullStreams,
    options: TrafficOptions,
    onStats: (stats: EndpointStats) => void,
  ) {
    this.#child = child;
    this.options = options;
    this.#onStats = onStats;
    this.#report = this.#next('report');
    this.#report.catch(() => undefined); // told to whoever asks for the report
    this.#listen();
  }

  /**
   * Starts an endpoint and waits until its interface is open. `hostCommand` is what runs a program
   * inside the host, such as ['ip', 'netns', 'exec', NAME]; empty for here.
   */
  static async open(
    hostCommand: readonly string[],
    options: TrafficOptionsInput,
    onStats: (stats: EndpointStats) => void = () => undefined,
  ): Promise<TrafficProcess> {
    const parsed = trafficOptions.parse(options);
    const argv = [...hostCommand, process.execPath, entry];
    const child = spawn(argv[0] ?? process.execPath, argv.slice(1));
    const endpoint = new TrafficProcess(child, parsed, onStats);
    const ready = endpoint.#next('ready');
    endpoint.#child.stdin.write(`${JSON.stringify(parsed)}\n`);
    await ready;
    return endpoint;
  }

  start(): void {
    this.#send({ do: 'start' });
  }

  stop(): void {
    this.#send({ do: 'stop' });
  }

  /** Client: sends one packet for each entry, and says how many it has sent in all so far. */
  async prefill(ranges: EntryRange[], ratePps = 50_000): Promise<number> {
    const done = this.#next('prefilled');
    this.#send({ do: 'prefill', ranges, ratePps });
    return (await done).sent;
  }

  /** Server: what has not come of the first `entries`. */
  async missingPrefill(entries: number): Promise<EntryRange[]> {
    const answer = this.#next('missing');
    this.#send({ do: 'missing', entries });
    return (await answer).ranges;
  }

  /** The account of this end, once it has finished. */
  async end(): Promise<TrafficEnd> {
    return { options: this.options, report: (await this.#report).report };
  }

  /** Closes the endpoint, whatever it is doing, and waits until the process has ended. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin.end();
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(deadline);
  }

  #listen(): void {
    const splitter = new LineSplitter(maxLineChars);
    this.#child.stdout.on('data', (chunk: Buffer) => {
      try {
        for (const line of splitter.push(chunk)) {
          this.#take(trafficMessage.parse(JSON.parse(line) as unknown));
        }
      } catch (error) {
        this.#fail(
          new TrafficError('TRAFFIC_PROCESS', `Endpoint talked nonsense: ${String(error)}`),
        );
        this.#child.kill('SIGKILL');
      }
    });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-2_000);
    });
    this.#child.stdin.on('error', () => undefined); // the exit tells more
    this.#child.on('error', (error) =>
      this.#fail(new TrafficError('TRAFFIC_PROCESS', error.message)),
    );
    this.#child.on('close', (code, signal) => {
      const how = signal ?? `exit code ${code ?? 'unknown'}`;
      this.#fail(
        new TrafficError('TRAFFIC_PROCESS', `The endpoint ended (${how}). ${this.#stderr}`.trim()),
      );
    });
  }

  #take(message: TrafficMessage): void {
    if (message.type === 'error') {
      this.#fail(new TrafficError(message.code, message.message, message.field));
      return;
    }
    if (message.type === 'stats') this.#onStats(message.stats);
    for (const waiter of this.#waiters) {
      if (waiter.type !== message.type) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(message);
    }
  }

  /** An error ends the endpoint for its owner: whoever waits now or later is told the first one. */
  #fail(error: TrafficError): void {
    this.#failure ??= error;
    for (const waiter of this.#waiters) waiter.reject(this.#failure);
    this.#waiters.clear();
  }

  #next<Type extends TrafficMessage['type']>(type: Type): Promise<MessageOf<Type>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiters.add({
        type,
        resolve: (message) => resolve(message as MessageOf<Type>),
        reject,
      });
    });
  }

  #send(command: TrafficCommand): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }
}

/**
 * Sends the packets of the first `entries` until the server has seen every one, so that a NAT
 * between them holds them all. Error TRAFFIC_PREFILL when rounds of sending the rest do not help.
 */
export async function prefillAll(
  client: TrafficProcess,
  server: TrafficProcess,
  entries: number,
  ratePps = 50_000,
): Promise<void> {
  let ranges: EntryRange[] = [[0, entries - 1]];
  for (let round = 0; round < 20; round++) {
    await client.prefill(ranges, ratePps);
    ranges = await settledMissing(server, entries);
    if (ranges.length === 0) return;
  }
  throw new TrafficError(
    'TRAFFIC_PREFILL',
    `Of ${entries} prefilled entries some never reached the server: lower the rate, or check that ` +
      'the NAT has room for them.',
    'entries',
  );
}

/** Asks until the answer stays the same: packets may still be on their way. */
async function settledMissing(server: TrafficProcess, entries: number): Promise<EntryRange[]> {
  let before = '';
  for (;;) {
    const ranges = await server.missingPrefill(entries);
    const now = JSON.stringify(ranges);
    if (ranges.length === 0 || now === before) return ranges;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A whole run: starts the client, waits for both ends, and makes one account of them. */
export async function runTraffic(
  client: TrafficProcess,
  server: TrafficProcess,
): Promise<TrafficReport> {
  client.start();
  const [clientEnd, serverEnd] = await Promise.all([client.end(), server.end()]);
  return combine(clientEnd, serverEnd);
}
