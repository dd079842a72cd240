/** The load of a run: a generator in the client's host, its counterpart in the server's. */
import { randomInt } from 'node:crypto';
import { prefillAll, TrafficError, TrafficProcess } from '../../../native/traffic-process.js';
import { combine, type TrafficReport } from '../../../native/traffic-report.js';
import type { EndpointStats } from '../../../native/traffic-schema.js';
import { FerryError } from '../../contract/errors.js';
import type { TrafficSpec } from '../../contract/topology.js';
import { hostCommand } from '../lab/host.js';
import type { EmulatedHosts } from './emulated-hosts.js';

/** Runs end by command; this only bounds what a forgotten one can do. */
const MAX_RUN_MS = 600_000;

export interface LiveTraffic {
  /** Entries made so far, while that is what the pair does. */
  filled: number | null;
  pps: number;
  lost: number;
  p99Us: number;
}

export class TrafficPair {
  readonly #client: TrafficProcess;
  readonly #server: TrafficProcess;

  private constructor(client: TrafficProcess, server: TrafficProcess) {
    this.#client = client;
    this.#server = server;
  }

  /** With `flatOut` the client sends as fast as it can, and the server does not answer. */
  static async open(
    load: TrafficSpec,
    hosts: EmulatedHosts,
    onLive: (live: LiveTraffic) => void,
    flatOut = false,
  ): Promise<TrafficPair> {
    const common = {
      runId: randomInt(2 ** 32),
      serverAddress: hosts.serverAddress,
      flows: load.flows,
      packetBytes: load.packetBytes,
      durationMs: MAX_RUN_MS,
      flatOut,
    };
    const meter = new Meter(onLive);
    return told(async () => {
      const server = await TrafficProcess.open(
        await hostCommand(load.server),
        { role: 'server', ...common, ...hosts.server, ratePps: load.returnRatePps ?? load.ratePps },
        (stats) => meter.take('server', stats),
      );
      const client = await TrafficProcess.open(
        await hostCommand(load.client),
        {
          role: 'client',
          ...common,
          ...hosts.client,
          ratePps: load.ratePps,
          clients: Math.min(load.clients, load.flows),
          clientAddress: hosts.firstClient,
          nextHop: hosts.nextHop,
          prefillAddress: hosts.prefillAddress,
          prefillPorts: hosts.prefillPorts,
        },
        (stats) => meter.take('client', stats),
      );
      return new TrafficPair(client, server);
    });
  }

  /** Sends until the NAT has passed a packet of each of so many further entries. */
  prefill(entries: number): Promise<void> {
    return told(() => prefillAll(this.#client, this.#server, entries));
  }

  start(): void {
    this.#client.start();
  }

  /** Ends sending, waits for what is on its way, and gives the account of both ends. */
  finish(): Promise<TrafficReport> {
    return told(async () => {
      this.#client.stop();
      this.#server.stop();
      const account = combine(await this.#client.end(), await this.#server.end());
      await this.close();
      return account;
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#server.close()]);
  }
}

/** The generator's own faults under a code of Ferry's table, with the generator's in the text. */
async function told<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof TrafficError)) throw error;
    throw new FerryError('LAB_FAILED', `traffic: ${error.code}: ${error.message}`, error.field);
  }
}

/** Packets per second from the totals that both ends tell now and then. */
class Meter {
  readonly #latest = new Map<string, EndpointStats>();
  readonly #onLive: (live: LiveTraffic) => void;
  #received = 0;
  #at = performance.now();

  constructor(onLive: (live: LiveTraffic) => void) {
    this.#onLive = onLive;
  }

  take(end: string, stats: EndpointStats): void {
    this.#latest.set(end, stats);
    const now = performance.now();
    if (now - this.#at < 250) return;
    const all = [...this.#latest.values()];
    const received = all.reduce((sum, each) => sum + each.received, 0);
    const filled = this.#latest.get('server')?.prefillReceived ?? 0;
    this.#onLive({
      filled: received === 0 && filled > 0 ? filled : null,
      pps: ((received - this.#received) * 1000) / (now - this.#at),
      lost: all.reduce((sum, each) => sum + each.missing, 0),
      p99Us: Math.max(...all.map((each) => each.p99Us)),
    });
    this.#received = received;
    this.#at = now;
  }
}
