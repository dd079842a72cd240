/**
 * Keeps a VNF's work divided over its hosts, and of each instance a replica at the next one: made
 * when the VNF serves, and made anew, after a move if need be, when one of them was lost.
 */
import { FerryError, reasonOf } from '../../contract/errors.js';
import type { Redundancy } from '../../contract/recovery.js';
import type { HostEvent } from '../../hosts/port.js';
import type { Keeper } from '../kept-protection.js';
import { Reconciler } from '../reconciler.js';
import { usableHosts } from '../suitable-hosts.js';
import { forgetReplicas, readReplicas } from './record.js';
import { Replica, type ActiveCare } from './replica.js';
import { membersOf, nextMove, pairingsOf, takenOver, type Member, type Pairing } from './shares.js';

/** Between looks whether there is a host for what has none of its own. */
const HOST_LOOK_MS = 1000;
/** For so long the host that a share is declared for is preferred to any other. */
const HOME_MS = 5000;
/** What was under way when a host was cut off has come by then. */
const HEARD_MS = 100;
const FIRST_MOVE_RETRY_MS = 5000;
const LAST_MOVE_RETRY_MS = 60_000;

export class ActiveKeeper implements Keeper {
  readonly #care: ActiveCare;
  readonly #unsubscribe: (() => void)[];
  /** By the instance whose state it is. */
  readonly #replicas = new Map<string, Replica>();
  #state: Redundancy['state'] = 'none';
  #reason: string | undefined = 'not yet looked for';
  readonly #reconciler: Reconciler;
  /** True while a migration of ours is asked for, which puts the replicas aside itself. */
  #moving = false;
  /** The last that was asked for, until it is known what became of it. */
  #moved: string | undefined;
  #moveRetryMs = FIRST_MOVE_RETRY_MS;
  #noMoveBefore = 0;
  #crowdedSince: number | undefined;
  /** Hosts that have failed, and when. */
  readonly #avoided = new Map<string, number>();

  constructor(care: ActiveCare) {
    this.#care = care;
    const { vnf, ports } = care;
    for (const record of readReplicas(ports.store, vnf)) {
      this.#replicas.set(record.servingInst, new Replica(record, care, true));
    }
    this.#reconciler = new Reconciler(ports.clock, {
      attempt: () => this.#reconcile(),
      failed: (error) => this.#show('preparing', reasonOf(error)),
      interrupt: () => this.#wakeAll(),
    });
    this.#unsubscribe = [
      ports.hosts.subscribe((event) => this.#hear(event)),
      ports.steering.subscribe(() => this.look()),
      ports.events.subscribe(({ type, subject }) => {
        if (type === 'vnf.serving' && subject === vnf) this.look();
      }),
    ];
  }

  /** All that the journal has: from before the last restart, or made since. */
  get replicas(): Replica[] {
    return [...this.#replicas.values()];
  }

  /** Of this instance. */
  replicaOf(instance: string): Replica | undefined {
    return this.#replicas.get(instance);
  }

  /** As the VNF is placed now. */
  get members(): Member[] {
    const { vnf, policy, ports } = this.#care;
    const serving = ports.vnfs.get(vnf);
    return serving === undefined ? [] : membersOf(serving, policy.active, ports.vnfs.hosts);
  }

  redundancy(): Redundancy {
    const waits = this.#state === 'ready' && this.replicas.some(({ ready }) => ready === undefined);
    const state = waits ? 'preparing' : this.#state;
    const reason = waits ? 'an agent or a link is away' : this.#reason;
    const main = this.#replicas.get(this.#care.ports.vnfs.get(this.#care.vnf)?.instance ?? '');
    const { host = null, instance = null } = main?.record ?? {};
    const replicas = this.replicas.map(({ record, ready }) => ({
      ...{ of: record.servingInst, ofHost: record.servingHost },
      ...{ host: record.host, instance: record.instance },
      state: ready === undefined ? ('preparing' as const) : ('ready' as const),
    }));
    const shown = { mechanism: this.#care.policy.mechanism, state, host, instance, replicas };
    return state === 'ready' || reason === undefined ? shown : { ...shown, reason };
  }

  /** Ends the streams of all instances; the replicas go. */
  async setAside(): Promise<void> {
    this.#reconciler.putAside();
    this.#show('setAside', 'a migration has the VNF');
    if (this.#moving) return;
    await this.#reconciler.settled();
    await this.#drop(this.replicas);
  }

  /** Nothing goes to this host before it is heard of again. */
  avoid(host: string): void {
    this.#avoided.set(host, this.#care.ports.clock.monotonicMs());
  }

  /** `heir` does its own work and that of `failed`: what is kept of or by either begins anew. */
  async forget(failed: string, heir: string): Promise<void> {
    const past = this.replicas.filter(({ record: { servingInst, instance } }) => {
      return servingInst === failed || servingInst === heir || instance === failed;
    });
    for (const { record } of past) this.#replicas.delete(record.servingInst);
    this.#show('none', 'to be made anew');
    this.#keepReady();
    await forgetReplicas(
      this.#care.ports.store,
      past.map(({ record }) => record),
    );
  }

  /** Looks, one look at a time, whether everything is as it should be. */
  look(): void {
    this.#reconciler.look();
  }

  /** The VNF was taken back from whoever had it. */
  resume(): void {
    if (this.#reconciler.takeUp()) this.#show('none', 'to be made anew');
    this.look();
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#reconciler.close();
  }

  async #reconcile(): Promise<void> {
    const { vnf, ports } = this.#care;
    const serving = ports.vnfs.get(vnf);
    if (this.#reconciler.isStopped() || ports.vnfs.isHanded(vnf) || serving === undefined) return;
    if (serving.state !== 'serving') {
      if (this.#replicas.size === 0) this.#show('none', `${vnf} is ${serving.state}`);
      return;
    }
    if (await this.#spread()) return;
    const pairings = pairingsOf(this.members);
    await this.#drop(this.replicas.filter((each) => !pairings.some((pair) => each.is(pair))));
    if (pairings.length === 0) {
      this.#show('none', 'no other host is free and up: one instance does all of the work');
      this.#reconciler.lookIn(HOST_LOOK_MS);
      return;
    }
    const faults: unknown[] = [];
    for (const pairing of pairings) {
      await this.#ensure(pairing).catch((error: unknown) => faults.push(error));
    }
    if (faults.length > 0) throw faults[0];
    if (this.replicas.every(({ ready }) => ready !== undefined)) this.#show('ready', undefined);
  }

  /** Moves a share onto a host of its own, if there is one to move: true once that is under way. */
  async #spread(): Promise<boolean> {
    const { vnf, policy, ports } = this.#care;
    const { clock } = ports;
    this.#judgeMove();
    const members = this.members;
    const usable = usableHosts(vnf, ports).filter((host) => this.#isHeard(host));
    const now = clock.monotonicMs();
    const move = nextMove(members, policy.active, usable, now - this.#since(members) >= HOME_MS);
    if (move !== undefined || members.length < policy.active.length)
      this.#reconciler.lookIn(HOST_LOOK_MS);
    const isThere = members.every(({ host }) => ports.hosts.connected(host));
    const canMove = isThere && ports.steering.connected(vnf) && now >= this.#noMoveBefore;
    if (move === undefined || !canMove) return false;
    await this.#drop(this.replicas);
    if (this.#reconciler.isStopped() || ports.vnfs.isHanded(vnf)) return true;
    this.#moving = true;
    try {
      const { id } = await ports.migrations.migrate({ vnf, ...move, strategy: 'statelet' });
      this.#moved = id;
      return true;
    } catch (error) {
      this.#delayMoves();
      throw new Error(`${move.flows} was not moved to ${move.to}: ${reasonOf(error)}`, {
        cause: error,
      });
    } finally {
      this.#moving = false;
    }
  }

  /** Clock time since when some share has no host of its own. */
  #since(members: readonly Member[]): number {
    const now = this.#care.ports.clock.monotonicMs();
    const isSpread = members.length >= this.#care.policy.active.length;
    this.#crowdedSince = isSpread ? undefined : (this.#crowdedSince ?? now);
    return this.#crowdedSince ?? now;
  }

  /** An agent that was cut off is taken for connected for some seconds more. */
  #isHeard(host: string): boolean {
    const since = this.#avoided.get(host);
    if (since === undefined) return true;
    const { clock, hosts } = this.#care.ports;
    if (clock.monotonicMs() - hosts.heardAgo(host) < since + HEARD_MS) return false;
    this.#avoided.delete(host);
    return true;
  }

  #judgeMove(): void {
    if (this.#moved === undefined) return;
    const { state } = this.#care.ports.migrations.get(this.#moved);
    this.#moved = undefined;
    if (state === 'completed') this.#moveRetryMs = FIRST_MOVE_RETRY_MS;
    else this.#delayMoves();
  }

  /** A move that came to nothing is not tried again at once: while one is, there are no replicas. */
  #delayMoves(): void {
    this.#noMoveBefore = this.#care.ports.clock.monotonicMs() + this.#moveRetryMs;
    this.#moveRetryMs = Math.min(this.#moveRetryMs * 2, LAST_MOVE_RETRY_MS);
  }

  async #ensure(pairing: Pairing): Promise<void> {
    const { ports } = this.#care;
    const { of, at } = pairing;
    const known = this.#replicas.get(of.instance);
    const away = [of, at].find(({ host }) => !ports.hosts.connected(host));
    if (away !== undefined) {
      if (known !== undefined) return;
      throw new Error(`the agent of ${away.host} is away`);
    }
    if (known !== undefined) {
      if (await known.isCurrent()) {
        if (known.ready === undefined && (await known.becomeReady(this.#demandGoing))) {
          this.#becameReady();
        }
        return;
      }
      this.#demandGoing();
      await this.#drop([known]);
    }
    this.#demandGoing();
    const replica = Replica.between(pairing, this.#care);
    this.#replicas.set(of.instance, replica);
    this.#show('preparing', `a replica of ${of.host} is made on ${at.host}`);
    await replica.make(this.#demandGoing);
    this.#becameReady();
  }

  #becameReady(): void {
    this.#care.changed();
    this.#keepReady();
  }

  /** Any of them may fail: what leads to each replica is at the switches beforehand. */
  #keepReady(): void {
    const { vnf, ports } = this.#care;
    const serving = ports.vnfs.get(vnf);
    if (serving === undefined) return;
    const standbys = this.replicas.flatMap(({ ready, token }) => {
      if (ready === undefined) return [];
      const { host, parts } = takenOver(serving, ready.servingInst, ready);
      return [{ at: ready.host, token, host, parts }];
    });
    ports.steering.keepReady(vnf, standbys);
  }

  async #drop(replicas: readonly Replica[]): Promise<void> {
    for (const replica of replicas) {
      if (this.#replicas.get(replica.record.servingInst) !== replica) continue;
      await replica.leave();
      this.#replicas.delete(replica.record.servingInst);
      this.#keepReady();
      await forgetReplicas(this.#care.ports.store, [replica.record]);
      await replica.end();
    }
  }

  #hear(event: HostEvent): void {
    for (const replica of this.#replicas.values()) {
      if (replica.hear(event)) this.look();
    }
    if (event.type === 'connected' || event.type === 'disconnected') {
      this.#care.changed();
      this.look();
    }
  }

  #wakeAll(): void {
    for (const replica of this.#replicas.values()) replica.wake();
  }

  #show(state: Redundancy['state'], reason: string | undefined): void {
    if (this.#state === state && this.#reason === reason) return;
    this.#state = state;
    this.#reason = reason;
    const { vnf, ports } = this.#care;
    const data = { state, ...(reason === undefined ? {} : { reason }) };
    ports.events.publish('vnf.redundancy', vnf, data);
    this.#care.changed();
  }

  readonly #demandGoing = (): void => {
    const { vnf, ports } = this.#care;
    if (this.#reconciler.isStopped()) throw new FerryError('VNF_BUSY', `${vnf} moves`, 'vnf');
    if (ports.vnfs.isHanded(vnf)) {
      throw new FerryError('VNF_BUSY', `${vnf} is being recovered`, 'vnf');
    }
  };
}
