// The typed face of the native datapath: one Instance is one network function in this process.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import type { InstanceEvent, InstanceMode, SyncPhase } from './instance-event.js';

export type { InstanceEvent, InstanceMode, SyncPhase, SyncVolume } from './instance-event.js';

export interface InstancePort {
  interface: string;
  /** Virtual MAC of the network function on this port; moves with it. */
  mac: string;
}

export interface InstanceOptions {
  /** Network function: 'nat44', ... */
  kind: string;
  /** Its configuration; refused with code and field when not valid. */
  config: object;
  /** In the order of the network function's ports (NAT: inside, outside). */
  ports: InstancePort[];
  role: 'serving' | 'standby';
  /** Time over which one flow's changes become one statelet, 1 to 1000 ms; default 50. */
  stateletWindowMs?: number;
  /** Bound of the hold buffer, 64 KiB to 1 GiB; default 64 MiB. */
  holdBytes?: number;
  /**
   * Keeps what it is sent in a file of at most `maxBytes` (64 KiB to 48 MiB, default 32 MiB), in the
   * place of the network function: it opens no port. connect() then plays the file to another one.
   */
  log?: { path: string; maxBytes?: number };
  io?: 'afPacket';
}

/** A part of the traffic, with the state that is its: every key that is given has to hold. */
export interface Flows {
  /** Hosts inside, like 10.0.0.0/25. */
  src?: string | undefined;
  /** Port of UDP or TCP of the hosts inside, and of those outside. */
  sport?: number | undefined;
  dport?: number | undefined;
  /** A security association, either direction. */
  spi?: number | undefined;
}

export interface ConnectOptions {
  address: string;
  port: number;
  /** 32 hexadecimal digits, the same as given to listen(). */
  token: string;
  /** For a standby: statelets for ever, a beat every few milliseconds; default false. */
  standing?: boolean;
  /** Output commit: no packet leaves before the destination has acknowledged its statelets. */
  commit?: boolean;
  /**
   * What follows the snapshot: `statelets`, what changed (the default), or `packets`, a copy of every
   * packet, which the destination processes again.
   */
  content?: StreamContent;
  /** Only this part moves, and the rest is served on; FLOWS_UNSUPPORTED when it cannot be. */
  flows?: Flows;
}

export type StreamContent = 'statelets' | 'packets';

export interface PortStats {
  interface: string;
  rxPackets: number;
  rxBytes: number;
  rxKernelDrops: number;
  rxTruncated: number;
  rxMalformed: number;
  rxVlanRestored: number;
  checksumsCompleted: number;
  rxResyncs: number;
  txResyncs: number;
  txPackets: number;
  txBytes: number;
  txRingFull: number;
  txOversize: number;
  txErrors: number;
  linkDown: number;
}

export interface InstanceStats {
  mode: InstanceMode;
  phase: SyncPhase;
  ports: PortStats[];
  /** Counters of the network function, by its own stable names. */
  nf: Record<string, number>;
  entries: number;
  /** What the worker thread was granted: 'nice' (-10) or 'normal'. */
  scheduling: 'nice' | 'normal';
  /** Rounds of the worker's loop: stands still when the datapath is stuck. */
  turns: number;
  processedPackets: number;
  processedBytes: number;
  /** Data packets that came while standby. */
  suppressedPackets: number;
  /** Frames that found the transmit ring full for longer than the bound. */
  txDropped: number;
  /** Time spent waiting for room in a transmit ring. */
  txWaitUs: number;
  /** Frames that waited for an acknowledgement (output commit). */
  committedPackets: number;
  /** Data packets and bytes taken in while the statelet flag was up (the divisor of sigma). */
  dataplanePackets: number;
  dataplaneBytes: number;
  snapshotBytes: number;
  snapshotEntries: number;
  statelets: number;
  stateletBytes: number;
  lagBytes: number;
  lagMs: number;
  /** Destination: since the last frame of its source. */
  heardAgoUs: number;
  reconnects: number;
  connectionsRefused: number;
  framesMalformed: number;
  heldPackets: number;
  heldPeakPackets: number;
  heldPeakBytes: number;
  holdOverflows: number;
  /** That the controller passed on. */
  relayedPackets: number;
  /** That came straight from the switch and wait for those, at so many ports. */
  relayWaiting: number;
  relayPortsShut: number;
  /** Times that the wait was given up because nothing more came by way of the controller. */
  relayTimeouts: number;
  stragglers: number;
  markersIngress: number;
  markersEgress: number;
  markersForeign: number;
  markerTimeouts: number;
  drainTimeouts: number;
  /** Time in which packets waited in the kernel's ring because the stream was full. */
  backPressureUs: number;
  releaseUs: number;
  eventsDropped: number;
  /** From the first listenReplica() on. */
  replica?: ReplicaStats;
}

/** What an instance keeps of another one's work, beside its own. */
export interface ReplicaStats {
  /** As of a destination; none once it has taken over, or was dropped. */
  phase: SyncPhase;
  /** It serves what it was a replica of; until the next listenReplica(). */
  tookOver: boolean;
  statelets: number;
  lagBytes: number;
  /** Since the last frame of its source. */
  heardAgoUs: number;
}

/** What the addon throws and every rejected call carries. */
export interface NativeError extends Error {
  code: string;
  field?: string;
}

interface NativeInstance {
  start(): void;
  listen(address: string, token: string, silenceMs: number, flows?: Flows): { port: number };
  connect(options: ConnectOptions & { standing: boolean; content: StreamContent }): void;
  arm(): void;
  prepareSwitch(): void;
  switched(): void;
  abort(): void;
  resume(): void;
  takeover(atOnce: boolean): void;
  forget(flows: Flows): void;
  expectRelay(token: string): void;
  listenReplica(
    address: string,
    token: string,
    silenceMs: number,
    parts: Flows[],
  ): {
    port: number;
  };
  armReplica(): void;
  takeoverReplica(): void;
  dropReplica(): void;
  stats(): InstanceStats;
  stop(): void;
}

export interface NativeAddon {
  Instance: new (
    options: InstanceOptions,
    onEvent: (event: InstanceEvent) => void,
  ) => NativeInstance;
  preparePorts: () => void;
}

/** The addon lies in native/build, whether this file runs from dist/native or from native. */
const candidates = ['../../native/build/Release/ferry.node', './build/Release/ferry.node'];

function loadAddon(): unknown {
  for (const candidate of candidates) {
    const url = new URL(candidate, import.meta.url);
    if (existsSync(url)) return createRequire(import.meta.url)(candidate);
  }
  throw Object.assign(
    new Error('The native addon is not built: run "npm run build:native" (or "npm run setup").'),
    { code: 'ADDON_MISSING' },
  );
}

export const addon = loadAddon() as NativeAddon;

/**
 * Does what takes longest about the start of an instance: the packet rings of two ports, which wait
 * for start() on no interface, 40 MB of the kernel's memory each. Blocks meanwhile.
 */
export function preparePorts(): void {
  addon.preparePorts();
}

/**
 * One network function, with its ports and its side of a migration. Every method may throw a
 * NativeError; a call in a wrong state throws INSTANCE_STATE and changes nothing.
 */
export class Instance {
  readonly #native: NativeInstance;

  constructor(options: InstanceOptions, onEvent: (event: InstanceEvent) => void) {
    this.#native = new addon.Instance(options, onEvent);
  }

  /** Opens the ports and starts the threads. */
  start(): void {
    this.#native.start();
  }

  /**
   * Destination: waits for one source with this token; port 0 of `address` is chosen by the kernel.
   * With `silenceMs` (5 to 10,000) it is a standby, and tells when its source is silent for so long;
   * the threshold rises with the gaps that it sees. With `flows` an instance that serves already
   * waits for this part, to join what it serves.
   */
  listen(address: string, token: string, silenceMs = 0, flows?: Flows): { port: number } {
    return this.#native.listen(address, token, silenceMs, flows);
  }

  /** Source: begins to synchronise with a listening destination. */
  connect(options: ConnectOptions): void {
    this.#native.connect({ standing: false, commit: false, content: 'statelets', ...options });
  }

  /** Destination: holds data packets from now on instead of suppressing them. */
  arm(): void {
    this.#native.arm();
  }

  /** Source: from now on a cut connection is healed for as long as it takes, not given up. */
  prepareSwitch(): void {
    this.#native.prepareSwitch();
  }

  /** Source: the switch has confirmed the redirect; replaces markers that do not come. */
  switched(): void {
    this.#native.switched();
  }

  /** Source: leaves the session and goes on serving; until the instance has ended. Destination that
   * serves: leaves the session that was to bring a part. */
  abort(): void {
    this.#native.abort();
  }

  /** Source: serves again after it has ended, when the destination is gone. */
  resume(): void {
    this.#native.resume();
  }

  /**
   * Destination: serves with what has been received, when the source is gone. Without `atOnce` it
   * first waits, up to 200 ms, for what may still be on its way.
   */
  takeover(atOnce = false): void {
    this.#native.takeover(atOnce);
  }

  /** Source of a part: another instance has it; its state is dropped, the session is over. */
  forget(flows: Flows): void {
    this.#native.forget(flows);
  }

  /**
   * Frames come by way of the controller, marked by their destination. What comes straight from the
   * switch waits until a marker on each port says that these are through.
   */
  expectRelay(token: string): void {
    this.#native.expectRelay(token);
  }

  /**
   * Keeps, beside what it serves, what another instance does: its work is `parts` (1 to 64). Nothing
   * that comes of them is processed before takeoverReplica(). Tells silence as listen() does.
   */
  listenReplica(
    address: string,
    token: string,
    silenceMs: number,
    parts: Flows[],
  ): { port: number } {
    return this.#native.listenReplica(address, token, silenceMs, parts);
  }

  /** What comes of the replica's parts is held from now on, instead of suppressed. */
  armReplica(): void {
    this.#native.armReplica();
  }

  /**
   * Serves the replica's parts too, with what has been received. Its own session as a source ends:
   * whoever was kept current by it has to begin anew.
   */
  takeoverReplica(): void {
    this.#native.takeoverReplica();
  }

  /** Forgets the replica. */
  dropReplica(): void {
    this.#native.dropReplica();
  }

  stats(): InstanceStats {
    return this.#native.stats();
  }

  /** Joins the threads and closes everything; calling it again does nothing. */
  stop(): void {
    this.#native.stop();
  }
}
