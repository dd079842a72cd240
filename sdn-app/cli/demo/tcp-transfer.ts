/** A real TCP transfer beside the test traffic: iperf3 from the client's kernel to the server's. */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { FerryError } from '../../contract/errors.js';
import { spawnInHost } from '../lab/host.js';

const PORT = 5201;
const INTERVAL_SECONDS = 0.5;
/** Small writes, so that the rate is not made of bursts of 128 KiB. */
const BLOCK_BYTES = 8192;
const MAX_OUTPUT_BYTES = 4_194_304;
/** It is ended when it has been looked at; this bounds one that is forgotten. */
const LONGEST_SECONDS = 3600;
/** What waits longer for an iperf3, to listen or to end, takes it for dead. */
const PATIENCE_MS = 20_000;
/** How either end tells that it was ended by a signal to the client: as it should be. */
const ENDED = /client has terminated/;

const interval = z.object({ sum: z.object({ start: z.number(), bytes: z.number() }) });
const iperfOutput = z.object({
  error: z.string().optional(),
  intervals: z.array(interval).default([]),
  end: z
    .object({
      sum_sent: z.object({ retransmits: z.number().optional(), bytes: z.number() }).optional(),
      sum_received: z.object({ bytes: z.number() }).optional(),
    })
    .default({}),
});
export type IperfOutput = z.infer<typeof iperfOutput>;

export interface TcpPlan {
  client: string;
  server: string;
  serverAddress: string;
  bitsPerSecond: number;
}

export interface TcpResult {
  /** Null when it was not looked at. */
  survived: boolean | null;
  retransmits: number | null;
  bytes: number | null;
  /** Why it did not survive, or could not show it. */
  reason?: string;
}

export class TcpTransfer {
  readonly #server: ChildProcess;
  readonly #client: ChildProcess;
  readonly #serverSaid: () => Promise<string>;
  readonly #clientSaid: () => Promise<string>;
  readonly #startedAt: number;

  private constructor(server: ChildProcess, client: ChildProcess) {
    this.#server = server;
    this.#client = client;
    this.#serverSaid = collect(server);
    this.#clientSaid = collect(client);
    this.#startedAt = performance.now();
  }

  /** The transfer runs when this resolves, until its result is asked for. */
  static async start(plan: TcpPlan): Promise<TcpTransfer> {
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const every = ['-i', String(INTERVAL_SECONDS), '-J', '-p', String(PORT)];
    const server = await spawnInHost(plan.server, ['iperf3', '-s', '-1', ...every], [...stdio]);
    await listening(server);
    // Paced by the kernel: iperf3's own -b may spin on a connection that stands still.
    const limits = ['-t', String(LONGEST_SECONDS), '--fq-rate', String(plan.bitsPerSecond)];
    const client = await spawnInHost(
      plan.client,
      ['iperf3', '-c', plan.serverAddress, ...limits, '-l', String(BLOCK_BYTES), ...every],
      [...stdio],
    );
    return new TcpTransfer(server, client);
  }

  /** Ends it; `switchedAt` is when the switchover was over, on performance.now(), some time ago. */
  async result(switchedAt: number): Promise<TcpResult> {
    this.#client.kill('SIGINT');
    const timer = setTimeout(() => this.kill(), PATIENCE_MS);
    const [client, server] = await Promise.all([this.#clientSaid(), this.#serverSaid()]);
    clearTimeout(timer);
    const after = (switchedAt - this.#startedAt) / 1000;
    return judge(parseOutput(client), parseOutput(server), after);
  }

  kill(): void {
    this.#client.kill('SIGKILL');
    this.#server.kill('SIGKILL');
  }
}

/**
 * What two iperf3 reports say. The receiver decides whether bytes still came after the switchover:
 * a sender's count grows while its socket buffer fills.
 */
export function judge(
  client: IperfOutput,
  server: IperfOutput,
  switchedAfterSeconds: number,
): TcpResult {
  const retransmits = client.end.sum_sent?.retransmits ?? null;
  // An ended client does not get to know what the server has received.
  const bytes = server.end.sum_received?.bytes ?? null;
  const figures = { retransmits, bytes };
  const error = [client.error, server.error].find(
    (each) => each !== undefined && !ENDED.test(each),
  );
  if (error !== undefined) return { ...figures, survived: false, reason: `iperf3: ${error}` };
  const later = server.intervals.filter(({ sum }) => sum.start >= switchedAfterSeconds);
  const grown = later.reduce((total, { sum }) => total + sum.bytes, 0);
  if (grown === 0) {
    return { ...figures, survived: false, reason: 'no byte arrived after the switchover' };
  }
  return { ...figures, survived: true };
}

function parseOutput(text: string): IperfOutput {
  try {
    return iperfOutput.parse(JSON.parse(text));
  } catch {
    return { error: 'it said nothing that can be read', intervals: [], end: {} };
  }
}

function collect(child: ChildProcess): () => Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  return async () => {
    await closed;
    return Buffer.concat(chunks).toString();
  };
}

/** iperf3 -J says nothing when it listens: look for the socket of its namespace. */
async function listening(server: ChildProcess): Promise<void> {
  const port = PORT.toString(16).toUpperCase().padStart(4, '0');
  const listener = new RegExp(`:${port} [0-9A-F:]+ 0A `);
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline && server.exitCode === null) {
    for (const table of ['tcp', 'tcp6']) {
      const path = `/proc/${server.pid ?? 0}/net/${table}`;
      if (listener.test(await readFile(path, 'utf8').catch(() => ''))) return;
    }
    await sleep(20);
  }
  throw new FerryError('LAB_FAILED', 'iperf3 does not listen in the server’s host', 'server');
}
