/** What a fake instance keeps of another one's work, and who keeps its own. */
import { FerryError } from '../../../../sdn-app/contract/errors.js';
import type { InstanceEvent, InstanceStats } from '../../../../sdn-app/contract/instance.js';
import type { InstanceFlows } from '../../../../sdn-app/contract/flow-filter.js';
import type { InstanceWorld, Lineage } from './fake-instance.js';

const SNAPSHOT_MS = 300;

/** The instance, as its replicas see it. */
export interface ReplicaOwner {
  readonly alive: boolean;
  readonly frozen: boolean;
  readonly mode: string;
  lineageOf(flows: InstanceFlows): Lineage | 'gone';
  /** It serves these too. */
  adopt(parts: readonly InstanceFlows[], lineage: Lineage): void;
  /** Of its session as a source. */
  showPhase(phase: string): void;
  emit(event: InstanceEvent): void;
  stats(): InstanceStats;
}

export class FakeReplicas {
  /** The token that it waits with for what it shall keep. */
  listening: string | undefined;
  readonly #owner: ReplicaOwner;
  readonly #world: InstanceWorld;
  /** Who keeps what this one serves. */
  #keeper: FakeReplicas | undefined;
  #keeps:
    | {
        of: FakeReplicas | undefined;
        parts: readonly InstanceFlows[];
        has: Lineage | undefined;
      }
    | undefined;
  #tookOver = false;

  constructor(owner: ReplicaOwner, world: InstanceWorld) {
    this.#owner = owner;
    this.#world = world;
  }

  get isKept(): boolean {
    return this.#keeper !== undefined;
  }

  counters(): Record<string, number> {
    return {
      'replica.synchronised': this.#keeps?.has === undefined ? 0 : 1,
      'replica.tookOver': this.#tookOver ? 1 : 0,
      'replica.statelets': 7,
      'replica.heardAgoUs': 5000,
    };
  }

  listen(token: string, parts: readonly InstanceFlows[]): number {
    this.#demand(this.#owner.mode === 'serving' && this.#keeps === undefined, 'listenReplica');
    this.listening = token;
    this.#keeps = { of: undefined, parts, has: undefined };
    this.#tookOver = false;
    return 40_002;
  }

  call(method: 'armReplica' | 'takeoverReplica' | 'dropReplica'): void {
    if (method === 'dropReplica') {
      this.#demand(this.#keeps !== undefined, method);
      this.#keeps = undefined;
      this.listening = undefined;
      return;
    }
    const keeps = this.#keeps;
    this.#demand(keeps?.has !== undefined, method);
    if (method === 'armReplica' || keeps?.has === undefined) return;
    this.leave();
    this.#owner.adopt(keeps.parts, keeps.has);
    this.#keeps = undefined;
    this.#tookOver = true;
    this.#owner.emit({ type: 'replicaServing', stats: this.#owner.stats() });
    this.#world.point('serving');
  }

  /** As a source: its snapshot, and all that follows, goes there from now on. */
  connect(keeper: FakeReplicas): void {
    const keeps = keeper.#keeps;
    if (keeps === undefined) return;
    this.#keeper = keeper;
    keeps.of = this;
    keeper.listening = undefined;
    this.#owner.showPhase('snapshot');
    this.#world.clock.after(SNAPSHOT_MS, () => {
      const [own, other] = [this.#owner, keeper.#owner];
      if (!own.alive || !other.alive || own.frozen || other.frozen) return;
      if (this.#keeper !== keeper || keeper.#keeps !== keeps) return;
      const has = keeps.parts.map((part) => own.lineageOf(part));
      keeps.has = has.every((each) => each === 'whole' || each === 'cut') ? 'cut' : 'empty';
      own.showPhase('streaming');
      this.#world.point('synchronised');
      keeper.#tell('synchronised');
    });
  }

  /** As a source: whoever keeps what it serves is told. */
  leave(): void {
    const keeper = this.#keeper;
    if (keeper === undefined) return;
    this.#keeper = undefined;
    this.#owner.showPhase('none');
    if (keeper.#keeps?.of !== this) return;
    keeper.#keeps = undefined;
    keeper.#tell('lost');
  }

  /** The owner has died: what it was a replica of hears of it. */
  die(): void {
    const source = this.#keeps?.of;
    if (source?.isKept !== true || !source.#owner.alive) return;
    source.#keeper = undefined;
    source.#owner.showPhase('lost');
    source.#owner.emit({ type: 'syncLost', code: 'SYNC_CUT', reason: 'who kept it is gone' });
  }

  /** The owner stands still: who keeps its state hears nothing more. */
  fallSilent(): void {
    const keeper = this.#keeper;
    if (keeper !== undefined) keeper.#tell('silent', 12);
  }

  #tell(what: 'synchronised' | 'lost' | 'silent', silentMs = 0): void {
    const reason = what === 'lost' ? 'the source left' : '';
    this.#owner.emit({ type: 'replica', what, code: 'SESSION_CLOSED', reason, silentMs });
  }

  #demand(condition: boolean, what: string): void {
    if (!condition) throw new FerryError('INSTANCE_STATE', `no ${what} now`);
  }
}
