/** One replica: what an instance serves, kept current by another one that serves something else. */
import { FerryError } from '../../contract/errors.js';
import { replicaStats } from '../../contract/instance.js';
import { partOf } from '../../contract/part.js';
import type { ActivePolicy } from '../../contract/recovery-policy.js';
import { migrationAddress } from '../../contract/resolve.js';
import type { HostEvent } from '../../hosts/port.js';
import { newToken } from '../../migration/ids.js';
import type { Kept } from '../kept-protection.js';
import type { Care } from '../mechanism.js';
import { writeReplica, type ReplicaRecord } from './record.js';
import type { Pairing } from './shares.js';

/** Without a byte of the snapshot for so long, it is made anew. */
const IDLE_MS = 10_000;
/** Agents of hosts that serve with a replica are heard so often. */
const HEARTBEAT_MS = 4;
/** An instance leaves a session between two rounds of its packets. */
const LEAVE_MS = 50;
const ATTEMPTS = 5;

export type ActiveCare = Care<ActivePolicy>;

export class Replica implements Kept {
  readonly #care: ActiveCare;
  #record: ReplicaRecord;
  /** Of its stream; not known after a restart of the controller. */
  #token: string | undefined;
  /** Known from an earlier run of the controller, and not yet looked at. */
  #unverified: boolean;
  /** What is told of an earlier one between the two is past. */
  #begun: boolean;
  #synchronised = false;
  #lost: string | undefined;
  #progressAt: number;
  #wake: () => void = () => undefined;

  constructor(record: ReplicaRecord, care: ActiveCare, unverified: boolean) {
    this.#record = record;
    this.#care = care;
    this.#unverified = unverified;
    this.#begun = record.ready;
    this.#progressAt = care.ports.clock.monotonicMs();
  }

  /** Not yet made. */
  static between({ of, at }: Pairing, care: ActiveCare): Replica {
    const record = {
      ...{ vnf: care.vnf, host: at.host, instance: at.instance, ready: false },
      ...{ servingHost: of.host, servingInst: of.instance, flows: [...of.flows] },
    };
    return new Replica(record, care, false);
  }

  get record(): ReplicaRecord {
    return this.#record;
  }

  /** The switch's order to take over carries it. */
  get token(): string | undefined {
    return this.#token;
  }

  /** It has every change, and tells when it hears nothing. */
  get ready(): ReplicaRecord | undefined {
    return this.#unverified || this.#lost !== undefined ? undefined : this.usable;
  }

  /** It was ready when it was last looked at, and who keeps it runs. */
  get usable(): ReplicaRecord | undefined {
    const { hosts, steering } = this.#care.ports;
    const { vnf, host, instance, ready } = this.#record;
    const isRunning = hosts.instances(host)?.get(instance)?.running === true;
    const canServe = isRunning && steering.downLinks(vnf, host).length === 0;
    return ready && canServe ? this.#record : undefined;
  }

  /** True when it is between these two, and of all that the one serves. */
  is({ of, at }: Pairing): boolean {
    const { host, instance, servingInst, flows } = this.#record;
    return (
      servingInst === of.instance &&
      host === at.host &&
      instance === at.instance &&
      flows.length === of.flows.length &&
      flows.every((each) => of.flows.includes(each))
    );
  }

  /** True for one that has heard everything so far, and whose stream goes on. */
  async isCurrent(): Promise<boolean> {
    if (this.#lost !== undefined) return false;
    if (this.ready !== undefined) return true;
    const { host, instance, servingHost, servingInst, ready } = this.#record;
    const { hosts } = this.#care.ports;
    if (!ready || hosts.instances(host)?.has(instance) !== true) return false;
    const [own, source] = await Promise.all([
      hosts.stats(host, instance),
      hosts.stats(servingHost, servingInst),
    ]);
    return replicaStats(own).synchronised && source.sync.phase === 'streaming';
  }

  /** From nothing to ready. `demand` throws when that is not to be any more. */
  async make(demand: () => void): Promise<void> {
    const { store, clock } = this.#care.ports;
    await writeReplica(store, this.#record);
    demand();
    await this.#connect(demand);
    this.#progressAt = clock.monotonicMs();
    await this.#untilSynchronised(demand);
    await this.becomeReady(demand);
  }

  /** On disk first: from then on it may be used without a word. */
  async becomeReady(demand: () => void): Promise<boolean> {
    const { hosts, store } = this.#care.ports;
    await hosts.setHeartbeat(this.#record.servingHost, HEARTBEAT_MS);
    const ready = { ...this.#record, ready: true };
    if (!this.#record.ready) await writeReplica(store, ready);
    demand();
    if (this.#lost !== undefined) throw new Error(this.#lost);
    this.#record = ready;
    this.#unverified = false;
    return true;
  }

  /** The stream's beginning first: whatever waits for it goes on at once. */
  async leave(): Promise<void> {
    const { servingHost, servingInst } = this.#record;
    const { hosts } = this.#care.ports;
    await hosts.call(servingHost, servingInst, { method: 'abort' }).catch(() => undefined);
  }

  async end(): Promise<void> {
    const { host, instance } = this.#record;
    const { hosts } = this.#care.ports;
    await hosts.call(host, instance, { method: 'dropReplica' }).catch(() => undefined);
  }

  wake(): void {
    this.#wake();
  }

  /** True when something is not as it was. */
  hear(event: HostEvent): boolean {
    const { host, instance, servingHost, servingInst } = this.#record;
    if (event.type === 'connected' && (event.host === host || event.host === servingHost)) {
      this.#unverified = true;
      return true;
    }
    if (!('instance' in event)) return false;
    const isKeeper = event.host === host && event.instance === instance;
    const isSource = event.host === servingHost && event.instance === servingInst;
    if (!isKeeper && !isSource) return false;
    if (event.type === 'instanceExited') {
      return isKeeper && this.#lose(`who kept it has ended: ${event.reason}`);
    }
    if (event.type !== 'instanceEvent' || !this.#begun) return false;
    const { event: said } = event;
    if (said.type === 'progress' && isSource) this.#progressAt = this.#now;
    if (said.type === 'syncLost' && isSource) return this.#lose(`${said.code}: ${said.reason}`);
    if (said.type !== 'replica' || !isKeeper) return false;
    this.#progressAt = this.#now;
    if (said.what === 'lost') return this.#lose(`${said.code}: ${said.reason}`);
    if (said.what === 'synchronised') {
      this.#synchronised = true;
      this.#wake();
    }
    return false;
  }

  get #now(): number {
    return this.#care.ports.clock.monotonicMs();
  }

  /** It stays until the next look: should its source fail first, it is used. */
  #lose(why: string): boolean {
    if (this.#lost !== undefined) return false;
    this.#lost = `the replica of ${this.#record.servingHost}: ${why}`;
    this.#wake();
    return true;
  }

  async #connect(demand: () => void): Promise<void> {
    const { policy, ports } = this.#care;
    const { hosts, topology } = ports;
    const { vnf, host, instance, servingHost, servingInst, flows } = this.#record;
    const spec = topology.vnfs[vnf];
    if (spec === undefined) throw new Error(`the topology declares no VNF ${vnf}`);
    const parts = flows.map((each) => partOf(vnf, spec, each).flows);
    const token = newToken();
    this.#token = token;
    const address = migrationAddress(topology, host);
    const { silenceMs } = policy.detection;
    // What is left of an earlier one goes first.
    const port = await this.#insist(
      demand,
      () => hosts.listenReplica(host, instance, address, token, silenceMs, parts),
      () => hosts.call(host, instance, { method: 'dropReplica' }),
    );
    this.#begun = true;
    const commit = policy.outputCommit === 'commit' ? ({ commit: true } as const) : {};
    const connect = { method: 'connect', address, port, token, standing: true, ...commit } as const;
    await this.#insist(
      demand,
      () => hosts.call(servingHost, servingInst, connect),
      () => hosts.call(servingHost, servingInst, { method: 'abort' }),
    );
  }

  async #insist<T>(
    demand: () => void,
    action: () => Promise<T>,
    clear: () => Promise<void>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      demand();
      try {
        return await action();
      } catch (error) {
        const busy = error instanceof FerryError && error.code === 'INSTANCE_STATE';
        if (!busy || attempt === ATTEMPTS) throw error;
      }
      await clear().catch(() => undefined);
      await new Promise<void>((resolve) => void this.#care.ports.clock.after(LEAVE_MS, resolve));
    }
  }

  /** Rejects when it will not be, or nothing moves. */
  async #untilSynchronised(demand: () => void): Promise<void> {
    const { clock } = this.#care.ports;
    for (;;) {
      demand();
      if (this.#lost !== undefined) throw new Error(this.#lost);
      if (this.#synchronised) return;
      const left = this.#progressAt + IDLE_MS - this.#now;
      if (left <= 0) throw new Error(`no byte of state has moved for ${IDLE_MS} ms`);
      await new Promise<void>((resolve) => {
        const cancel = clock.after(left, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    }
  }
}
