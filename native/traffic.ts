// The traffic endpoint of the native side, typed.
import { addon, type NativeAddon } from './index.js';
import type {
  EndpointReport,
  EndpointStats,
  EntryRange,
  TrafficOptions,
} from './traffic-schema.js';

interface NativeEndpoint {
  mac(): string;
  start(): void;
  prefill(ranges: readonly EntryRange[], ratePps: number): void;
  stop(): void;
  stats(): EndpointStats;
  report(): EndpointReport | null;
  failure(): (Error & { code: string; field?: string }) | null;
  missingPrefill(entries: number): EntryRange[];
  close(): void;
}

const native = addon as NativeAddon & {
  TrafficEndpoint: new (options: TrafficOptions) => NativeEndpoint;
};

/**
 * One end of the traffic, in this process, with a thread of its own. Errors carry code and field:
 * TRAFFIC_OPTIONS, TRAFFIC_STATE, TRAFFIC_NEXT_HOP, and those of opening the interface.
 */
export class TrafficEndpoint {
  readonly #native: NativeEndpoint;

  constructor(options: TrafficOptions) {
    this.#native = new native.TrafficEndpoint(options);
  }

  get mac(): string {
    return this.#native.mac();
  }

  /** Client: begins the run. A server begins by itself with the first packet. */
  start(): void {
    this.#native.start();
  }

  /** Client: one packet for each entry; the phase goes by prefilling back to idle. */
  prefill(ranges: readonly EntryRange[], ratePps: number): void {
    this.#native.prefill(ranges, ratePps);
  }

  /** Ends sending early; stragglers are waited for as at the end of a whole run. */
  stop(): void {
    this.#native.stop();
  }

  stats(): EndpointStats {
    return this.#native.stats();
  }

  /** In phase finished, else null. */
  report(): EndpointReport | null {
    return this.#native.report();
  }

  /** In phase failed, else null. */
  failure(): (Error & { code: string; field?: string }) | null {
    return this.#native.failure();
  }

  /** Server: entries below `entries` whose packet has not come, at most 4096 ranges. */
  missingPrefill(entries: number): EntryRange[] {
    return this.#native.missingPrefill(entries);
  }

  /** Joins the thread and closes the interface; calling it again does nothing. */
  close(): void {
    this.#native.close();
  }
}
