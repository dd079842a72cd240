/** An instance as a migration sees it: modes, a state with a lineage, a stream to its peer. */
import type {
  InstanceEvent,
  InstanceSpec,
  InstanceStats,
} from '../../../../sdn-app/contract/instance.js';
import { FerryError } from '../../../../sdn-app/contract/errors.js';
import type { InstanceFlows } from '../../../../sdn-app/contract/flow-filter.js';
import type { PlainCall } from '../../../../sdn-app/hosts/port.js';
import type { FakeClock } from './fake-clock.js';
import { FakeReplicas } from './fake-replicas.js';

/** `whole`: the VNF's state. `cut`: without srcInst's last statelets. `empty`: lost. */
export type Lineage = 'whole' | 'cut' | 'empty';

const SNAPSHOT_MS = 300;
const PROGRESS_MS = 100;
const END_MS = 5;
const RELEASE_MS = 3;
const HANDOVER_MS = 1000;
const PORTS = 2;
const MARKER_TYPE = 0x88b5;
const MARKER_KIND_AT = 19;
const RELAY_MAC = '02feff000001';

export interface InstanceWorld {
  clock: FakeClock;
  /** Where a stream's other end is. */
  byToken(token: string): FakeInstance | undefined;
  /** Something noteworthy is about to happen: faults strike here. */
  point(name: string): void;
}

export class FakeInstance {
  readonly spec: InstanceSpec;
  readonly pid: number;
  role: InstanceSpec['role'];
  mode: InstanceStats['mode'];
  lineage: Lineage;
  alive = true;
  /** The token that it listens with. */
  listening: string | undefined;
  /** What it was last told to send after its snapshot. */
  content: string | undefined;
  /** Parts of the VNF's state that went their own way, by their filters; `gone`: not here. */
  readonly parts = new Map<string, Lineage | 'gone'>();
  readonly #world: InstanceWorld;
  readonly #emit: (event: InstanceEvent) => void;
  #peer: FakeInstance | undefined;
  #phase = 'none';
  #prepared = false;
  #ending = false;
  #sent = 0;
  #frozen = false;
  /** Its packets wait for acknowledgements. */
  commits = false;
  /** In the unending stream of a standby. */
  #standing = false;
  /** Stopped by a signal, as its agent sees it. */
  stopped = false;
  /** Of a session about a part: its filter. */
  #part: string | undefined;
  /** What came of a part that has not joined yet. */
  #guest: Lineage | undefined;
  #partEnded = false;
  #armed = false;
  /** Numbers of the data packets that it has processed, in order. */
  readonly processed: number[] = [];
  /** Straight from the switch: they wait for those by way of the controller. */
  #waiting: number[] = [];
  #portsShut = 0;
  #relayed = 0;
  readonly replicas: FakeReplicas;

  constructor(
    spec: InstanceSpec,
    pid: number,
    world: InstanceWorld,
    emit: (event: InstanceEvent) => void,
    lineage: Lineage,
  ) {
    this.spec = spec;
    this.pid = pid;
    this.role = spec.role;
    this.mode = spec.role;
    this.lineage = lineage;
    this.#world = world;
    this.replicas = new FakeReplicas(this, world);
    this.#emit = (event) => {
      if (this.alive) emit(event);
    };
  }

  stats(): InstanceStats {
    const sync = {
      phase: this.#phase,
      snapshotBytes: this.#sent * 1000,
      snapshotEntries: this.#sent * 10,
      statelets: this.#sent,
      stateletBytes: this.#sent * 100,
      dataplaneBytes: this.#sent * 10_000,
      dataplanePackets: this.#sent * 20,
      lagBytes: 0,
      heldPackets: 0,
      heldPeakPackets: this.mode === 'standby' ? 0 : 7,
      stragglers: 0,
      markerTimeouts: 0,
      reconnects: 0,
    };
    const counters = {
      relayedPackets: this.#relayed,
      relayPortsShut: this.#portsShut,
      ...this.replicas.counters(),
    };
    return { mode: this.mode, entries: 100, counters, sync };
  }

  listen(token: string, flows?: InstanceFlows): number {
    const joins = this.mode === 'serving' && flows !== undefined && this.#peer === undefined;
    this.#demand(joins || (this.mode === 'standby' && this.listening === undefined), 'listen');
    this.listening = token;
    this.#part = flows === undefined ? undefined : JSON.stringify(flows);
    this.#guest = undefined;
    this.#phase = 'listening';
    return 40_000;
  }

  /** Of a part, or of what it serves beside the parts. */
  lineageOf(flows: InstanceFlows | undefined): Lineage | 'gone' {
    const own = flows === undefined ? undefined : this.parts.get(JSON.stringify(flows));
    return own ?? this.lineage;
  }

  call(call: PlainCall): void {
    switch (call.method) {
      case 'connect': {
        const isFree = this.#peer === undefined && !this.replicas.isKept;
        this.#demand(this.mode === 'serving' && isFree, 'connect');
        const peer = this.#world.byToken(call.token);
        this.#demand(peer !== undefined, 'connect to nobody');
        if (peer?.replicas.listening === call.token) {
          this.replicas.connect(peer.replicas);
          return;
        }
        this.#peer = peer;
        this.content = call.content;
        this.#part = call.flows === undefined ? undefined : JSON.stringify(call.flows);
        this.commits = call.commit === true;
        if (peer !== undefined) peer.#peer = this;
        if (peer !== undefined && call.standing === true) this.#standing = peer.#standing = true;
        this.#phase = 'snapshot';
        this.#stream(SNAPSHOT_MS);
        return;
      }
      case 'arm':
        this.#demand(this.mode === 'standby' || this.#guest !== undefined, 'arm');
        if (this.mode === 'standby') this.mode = 'hold';
        this.#armed = true;
        return;
      case 'prepareSwitch':
        this.#demand(this.mode === 'serving' && this.#peer !== undefined, 'prepareSwitch');
        this.#prepared = true;
        return;
      case 'switched':
        this.#demand(this.#prepared && this.mode === 'serving', 'switched');
        this.marker();
        return;
      case 'abort':
        this.#demand(
          this.mode === 'serving' &&
            !this.#partEnded &&
            this.#phase !== 'released' &&
            (this.#peer !== undefined || this.listening !== undefined || this.replicas.isKept),
          'abort',
        );
        this.replicas.leave();
        this.#leave();
        return;
      case 'armReplica':
      case 'takeoverReplica':
      case 'dropReplica':
        this.replicas.call(call.method);
        return;
      case 'resume':
        this.#demand(this.mode === 'closed' || this.#partEnded, 'resume');
        this.mode = 'serving';
        this.#leave();
        return;
      case 'forget':
        this.#demand(
          this.mode === 'serving' && (this.#partEnded || this.#phase === 'none'),
          'forget',
        );
        this.parts.set(JSON.stringify(call.flows), 'gone');
        this.#leave();
        return;
      case 'expectRelay':
        this.#portsShut = PORTS;
        return;
      case 'takeover':
        this.#demand(
          this.mode === 'hold' || this.mode === 'standby' || this.#guest !== undefined,
          'takeover',
        );
        this.#release(true);
    }
  }

  /** A frame from the switch: a marker, a data packet, or one that the controller passes on. */
  receive(frame: Buffer): void {
    if (!this.alive) return;
    if (frame.readUInt16BE(12) === MARKER_TYPE) {
      if (frame[MARKER_KIND_AT] === 1) this.marker();
      if (frame[MARKER_KIND_AT] === 3) this.#openPort();
      if (frame[MARKER_KIND_AT] === 4) this.#order(frame.toString('hex', 22, 38));
      return;
    }
    if (this.mode === 'standby') return;
    const number = frame.readUInt32BE(14);
    if (frame.toString('hex', 0, 6) === RELAY_MAC) {
      this.#relayed += 1;
      this.processed.push(number);
    } else if (this.#portsShut > 0) this.#waiting.push(number);
    else this.processed.push(number);
  }

  #openPort(): void {
    this.#portsShut = Math.max(0, this.#portsShut - 1);
    if (this.#portsShut === 0) this.processed.push(...this.#waiting.splice(0));
  }

  /** The switch lets nobody else speak. */
  #order(token: string): void {
    const waits = this.mode === 'standby' || this.mode === 'hold';
    if (!this.alive || this.#frozen || !waits || this.listening !== token) return;
    this.#release(true);
  }

  /** An ingress marker has come: what is in flight is served, then the end record goes out. */
  marker(): void {
    if (!this.alive || !this.#prepared || this.#ending) return;
    this.#ending = true;
    this.#world.clock.after(END_MS, () => {
      if (!this.alive || !this.#ending) return;
      this.#world.point('ended');
      if (!this.#isAlive()) return;
      if (this.#part === undefined) this.mode = 'closed';
      else this.#partEnded = true;
      this.#phase = 'ended';
      this.#emit({ type: 'ended' });
      const peer = this.#peer;
      this.#world.clock.after(RELEASE_MS, () => {
        if (peer?.alive !== true) return;
        if (peer.mode === 'hold' || peer.#guest !== undefined) peer.#release(false);
      });
    });
  }

  die(): void {
    this.alive = false;
    this.replicas.die();
    const peer = this.#peer;
    if (peer !== undefined && this.#standing) {
      peer.#lose(this);
      return;
    }
    if (peer !== undefined && !peer.#prepared && !peer.#armed) peer.cut();
  }

  /** SIGSTOP: its standby hears nothing more. */
  stop(): void {
    this.stopped = true;
    this.freeze();
    this.replicas.fallSilent();
    const standby = this.#standing ? this.#peer : undefined;
    if (standby?.alive === true) standby.#emit({ type: 'silent', silentMs: 12 });
  }

  /** It serves these too, as a replica knew them. */
  adopt(parts: readonly InstanceFlows[], lineage: Lineage): void {
    for (const part of parts) this.parts.set(JSON.stringify(part), lineage);
  }

  showPhase(phase: string): void {
    this.#phase = phase;
  }

  emit(event: InstanceEvent): void {
    this.#emit(event);
  }

  /** The other end of a standing session is gone: a standby keeps what it has. */
  #lose(peer: FakeInstance): void {
    if (this.#peer !== peer || this.mode !== 'serving') return;
    this.#leave();
    this.#phase = 'lost';
    this.#emit({ type: 'syncLost', code: 'SYNC_CUT', reason: 'the standby is gone' });
  }

  /** Stopped without a word: neither dead nor moving. */
  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** The stream is cut; before the switch it is not healed. */
  cut(): void {
    if (this.#prepared || this.#armed || this.#phase === 'lost') return;
    const peer = this.#peer;
    const standing = this.#standing;
    if (standing && this.mode !== 'serving') return;
    this.#leave();
    this.#phase = 'lost';
    this.#emit({ type: 'syncLost', code: 'STREAM_CUT', reason: 'cut by the test' });
    if (standing) return;
    if (peer?.alive === true) peer.cut();
  }

  #stream(leftMs: number): void {
    this.#world.clock.after(PROGRESS_MS, () => {
      const peer = this.#peer;
      if (!this.alive || peer?.alive !== true || this.#frozen || peer.#frozen) return;
      for (const side of [this, peer]) {
        side.#sent += 1;
        side.#emit({ type: 'progress', stats: side.stats() });
      }
      if (leftMs > PROGRESS_MS) {
        this.#stream(leftMs - PROGRESS_MS);
        return;
      }
      peer.#phase = 'synchronised';
      const own =
        this.#part === undefined ? this.lineage : (this.parts.get(this.#part) ?? this.lineage);
      const sent = own === 'whole' ? 'cut' : own === 'gone' ? 'empty' : own;
      if (peer.mode === 'serving') peer.#guest = sent;
      else peer.lineage = sent;
      if (this.#standing) this.#phase = 'streaming';
      this.#world.point('synchronised');
      peer.#emit({ type: 'synchronised' });
    });
  }

  #release(endMissing: boolean): void {
    if (this.#guest !== undefined && this.#part !== undefined) {
      this.parts.set(this.#part, !endMissing && this.#guest === 'cut' ? 'whole' : this.#guest);
      this.#guest = undefined;
    } else if (!endMissing && this.lineage === 'cut') this.lineage = 'whole';
    this.mode = 'serving';
    this.role = 'serving';
    this.#phase = 'released';
    this.#emit({ type: 'serving', endMissing, stats: this.stats() });
    this.#world.point('serving');
    this.listening = undefined;
    this.#world.clock.after(HANDOVER_MS, () => {
      if (this.#phase === 'released') this.#phase = 'none';
      this.#peer = undefined;
      this.#emit({ type: 'handoverClosed', stragglers: 0 });
    });
  }

  #leave(): void {
    this.#peer = undefined;
    this.#prepared = false;
    this.#standing = false;
    this.#ending = false;
    this.#partEnded = false;
    this.#armed = false;
    this.#part = undefined;
    this.#guest = undefined;
    this.listening = undefined;
    this.#phase = 'none';
  }

  /** A fault may have struck since `alive` was last looked at. */
  #isAlive(): boolean {
    return this.alive;
  }

  #demand(condition: boolean, what: string): void {
    if (condition) return;
    throw new FerryError('INSTANCE_STATE', `${this.spec.id} is ${this.mode}: no ${what}`);
  }
}
