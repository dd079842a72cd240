/**
 * Entry of an instance process whose datapath is this small class: the process, its socket, its
 * manifest and its end are the real ones. Calls make events; an interface name makes faults.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type {
  InstanceEvent,
  InstanceMode,
  InstanceOptions,
  InstanceStats,
  PortStats,
} from '../../../../native/index.js';
import type { NativeInstance } from '../../../../vnf-host/instance/native.js';
import { runInstance } from '../../../../vnf-host/instance/run.js';

const coded = (code: string, message: string, field?: string) =>
  Object.assign(new Error(message), { code, field });

/** A file that test and instance both know. */
const beside = (name: string) => join(dirname(process.argv[2] ?? ''), name);

const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const VOLUME = {
  phase: 'streaming',
  snapshotBytes: 10,
  snapshotEntries: 1,
  snapshotEntriesTotal: 1,
  statelets: 0,
  stateletBytes: 0,
  lagBytes: 0,
  lagMs: 0,
} as const;

class FakeDatapath implements NativeInstance {
  readonly #options: InstanceOptions;
  readonly #onEvent: (event: InstanceEvent) => void;
  #mode: InstanceMode;
  #turns = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: InstanceOptions, onEvent: (event: InstanceEvent) => void) {
    this.#options = options;
    this.#onEvent = onEvent;
    this.#mode = options.role;
  }

  start(): void {
    const name = this.#options.ports[0]?.interface ?? '';
    if (name === 'missing') {
      throw coded('INTERFACE_MISSING', `no interface ${name} here`, 'ports[0].interface');
    }
    if (name === 'crash') process.kill(process.pid, 'SIGSEGV');
    // Busy until the test lets it go on, as with a large table.
    if (name === 'gated') writeFileSync(beside('waiting'), '');
    while (name === 'gated' && !existsSync(beside('go'))) sleep(5);
    this.#timer = setInterval(() => (this.#turns += 1), 5);
    // Things that an instance does by itself, at the moment that a test chooses.
    process.on('SIGUSR2', () => {
      this.takeover();
      writeFileSync(beside('told'), '');
    });
    process.on('SIGHUP', () => {
      this.switched();
      process.kill(process.pid, 'SIGKILL');
    });
  }

  listen(): { port: number } {
    return { port: 40_000 };
  }

  /** The stages of a synchronisation, one event each, a little apart. */
  connect(): void {
    this.#onEvent({ type: 'progress', ...VOLUME });
    setTimeout(() => this.#onEvent({ type: 'synchronised', ...VOLUME }), 20);
  }

  arm(): void {
    if (this.#mode !== 'standby') throw coded('INSTANCE_STATE', `arm in mode ${this.#mode}`);
    this.#mode = 'hold';
  }

  prepareSwitch(): void {
    this.#onEvent({ type: 'linkDown', port: 0, interface: 'fake0' });
  }

  switched(): void {
    this.#mode = 'closed';
    this.#onEvent({
      type: 'ended',
      ...VOLUME,
      lastSeq: 1,
      markersSeen: [true, true],
      packetsAfterMarker: 0,
      dataplanePackets: 0,
      dataplaneBytes: 0,
      drainUs: 1,
    });
  }

  /** Stands for a defect in the datapath: the process dies during the call. */
  abort(): void {
    process.kill(process.pid, 'SIGSEGV');
  }

  resume(): void {
    this.#mode = 'serving';
  }

  listenReplica(): { port: number } {
    return { port: 41_001 };
  }

  armReplica(): void {
    throw coded('INSTANCE_STATE', 'there is no replica');
  }

  takeoverReplica(): void {
    throw coded('INSTANCE_STATE', 'there is no replica');
  }

  dropReplica(): void {
    throw coded('INSTANCE_STATE', 'there is no replica');
  }

  forget(): void {
    if (this.#mode !== 'serving') throw new Error('it does not serve');
  }

  expectRelay(): void {
    if (this.#mode === 'stopped') throw coded('INSTANCE_STATE', 'it is stopped');
  }

  takeover(): void {
    this.#mode = 'serving';
    this.#onEvent({
      type: 'serving',
      endMissing: true,
      heldPeakPackets: 0,
      heldPeakBytes: 0,
      stragglers: 0,
      markerTimeouts: 0,
      drainTimeouts: 0,
      holdUs: 0,
      releaseUs: 0,
    });
  }

  stats(): InstanceStats {
    // What the contract names, and a counter of each kind that it does not.
    const stats: Partial<InstanceStats> = {
      mode: this.#mode,
      ports: this.#options.ports.map((port) => portStats(port.interface)),
      nf: { translated: 3 },
      entries: 2,
      scheduling: 'normal',
      turns: this.#turns,
      dataplanePackets: 0,
      dataplaneBytes: 0,
      ...VOLUME,
      reconnects: 0,
      heldPackets: 0,
      heldPeakPackets: 0,
      stragglers: 0,
      markerTimeouts: 0,
    };
    return stats as InstanceStats;
  }

  stop(): void {
    if (this.#options.ports[0]?.interface === 'stubborn') {
      for (;;) sleep(60_000);
    }
    clearInterval(this.#timer);
    this.#mode = 'stopped';
  }
}

function portStats(name: string): PortStats {
  const stats: Partial<PortStats> = { interface: name, rxPackets: 7, txPackets: 0 };
  return stats as PortStats;
}

await runInstance(process.argv[2], () => Promise.resolve(FakeDatapath));
