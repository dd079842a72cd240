/**
 * Keeps one standby of a VNF, current by an unending statelet stream from the serving instance: made
 * when the VNF serves, made anew when it, its stream or its host is lost.
 */
import { FerryError, reasonOf } from '../../contract/errors.js';
import { migrationAddress } from '../../contract/resolve.js';
import type { Redundancy } from '../../contract/recovery.js';
import type { InstanceSpec } from '../../contract/instance.js';
import type { PolicyOf } from '../../contract/recovery-policy.js';
import type { HostEvent } from '../../hosts/port.js';
import { newToken } from '../../migration/ids.js';
import { newInstanceId } from '../../vnfs/instance-id.js';
import type { Keeper, Kept } from '../kept-protection.js';
import type { Care } from '../mechanism.js';
import { Reconciler } from '../reconciler.js';
import { standbyHost } from '../suitable-hosts.js';
import { forgetStandby, readStandby, writeStandby, type StandbyRecord } from './record.js';

/** Without a snapshot byte for so long, the standby is made anew. */
const IDLE_MS = 10_000;
/** Agents of hosts that serve with a standby are heard so often. */
const HEARTBEAT_MS = 4;

export type StandbyCare = Care<PolicyOf<'1R-AS'> | PolicyOf<'0R'>>;
/** Of a log that is kept in the place of a standby. */
export type LogOptions = NonNullable<InstanceSpec['log']>;

export class StandbyKeeper implements Keeper, Kept {
  readonly #care: StandbyCare;
  readonly #log: LogOptions | undefined;
  readonly #unsubscribe: (() => void)[];
  #record: StandbyRecord | undefined;
  /** Of its stream; not known after a restart of the controller. */
  #token: string | undefined;
  #state: Redundancy['state'] = 'none';
  #reason: string | undefined = 'not yet looked for';
  readonly #reconciler: Reconciler;
  /** Known from an earlier run of the controller, and not yet looked at. */
  #unverified: boolean;
  #heard: { synchronised: boolean; lost: string | undefined; progressAt: number } = fresh(0);
  #wake: () => void = () => undefined;

  constructor(care: StandbyCare, log?: LogOptions) {
    this.#care = care;
    this.#log = log;
    const { vnf, ports } = care;
    this.#record = readStandby(ports.store, vnf);
    this.#unverified = this.#record !== undefined;
    if (this.#record !== undefined) ports.vnfs.keep(vnf, [this.#record.instance]);
    this.#reconciler = new Reconciler(ports.clock, {
      attempt: () => this.#reconcile(),
      failed: (error) => {
        this.#show('preparing', reasonOf(error));
        this.#heard.lost ??= reasonOf(error);
      },
      interrupt: () => this.#wake(),
    });
    this.#unsubscribe = [
      ports.hosts.subscribe((event) => this.#hear(event)),
      ports.steering.subscribe(() => this.look()),
      ports.events.subscribe(({ type, subject }) => {
        if (type === 'vnf.serving' && subject === vnf) this.look();
      }),
    ];
  }

  /** Of the journal: from before the last restart, or made since. */
  get record(): StandbyRecord | undefined {
    return this.#record;
  }

  /** The standby that has every change, and tells when it hears nothing. */
  get ready(): StandbyRecord | undefined {
    const current = this.#state === 'ready' && !this.#unverified;
    return current ? this.usable : undefined;
  }

  /**
   * The standby that was ready when it was last looked at: after a restart of the controller or of
   * an agent nobody has yet looked whether its stream goes on.
   */
  get usable(): StandbyRecord | undefined {
    const { hosts, steering, vnfs } = this.#care.ports;
    const record = this.#record;
    if (record?.ready !== true || !hosts.connected(record.host)) return undefined;
    // It has the state of one instance only.
    if ((vnfs.get(record.vnf)?.parts.length ?? 0) > 0) return undefined;
    return steering.downLinks(record.vnf, record.host).length === 0 ? record : undefined;
  }

  redundancy(): Redundancy {
    const { host = null, instance = null } = this.#record ?? {};
    const waits = this.#state === 'ready' && this.ready === undefined;
    const state = waits ? 'preparing' : this.#state;
    const reason = waits ? `its agent or a link of ${host ?? ''} is away` : this.#reason;
    const shown = { mechanism: this.#care.policy.mechanism, state, host, instance };
    return state === 'ready' || reason === undefined ? shown : { ...shown, reason };
  }

  /** Ends the session at the serving instance; the standby goes. */
  async setAside(): Promise<void> {
    this.#reconciler.putAside();
    this.#show('setAside', 'a migration or a restore has the VNF');
    await this.#reconciler.settled();
    await this.#drop();
  }

  /** It has taken over, or is no use any more: the next look begins anew. */
  async forget(): Promise<void> {
    const { vnf, ports } = this.#care;
    this.#record = undefined;
    this.#token = undefined;
    this.#show('none', 'to be made anew');
    ports.vnfs.keep(vnf, []);
    ports.steering.keepReady(vnf, []);
    await forgetStandby(ports.store, vnf);
  }

  /** Looks, one look at a time, whether the standby is as it should be. */
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
    if (serving.state !== 'serving' || !ports.hosts.connected(serving.host)) {
      if (this.#record === undefined) this.#show('none', `${vnf} is ${serving.state}`);
      return;
    }
    const record = this.#record;
    if (serving.parts.length > 0) {
      await this.#drop();
      this.#show('none', 'its work is split over several instances');
      return;
    }
    if (record !== undefined) {
      if (record.servingInst === serving.instance && !ports.hosts.connected(record.host)) return;
      if (record.servingInst === serving.instance && (await this.#isCurrent(record))) {
        if (this.#state !== 'ready' || this.#unverified) await this.#becomeReady(record);
        return;
      }
      // It may be in use by now.
      if (this.#reconciler.isStopped() || ports.vnfs.isHanded(vnf)) return;
      await this.#drop();
    }
    await this.#make(serving.host, serving.instance);
  }

  /** True for a standby that has heard everything so far, and whose stream goes on. */
  async #isCurrent(record: StandbyRecord): Promise<boolean> {
    const { hosts } = this.#care.ports;
    if (this.#heard.lost !== undefined) return false;
    if (this.#state === 'ready' && !this.#unverified) return true;
    const listed = hosts.instances(record.host)?.has(record.instance) === true;
    if (!listed || !record.ready) return false;
    const [own, source] = await Promise.all([
      hosts.stats(record.host, record.instance),
      hosts.stats(record.servingHost, record.servingInst),
    ]);
    const phases = own.sync.phase === 'synchronised' && source.sync.phase === 'streaming';
    return phases && own.mode === 'standby' && source.mode === 'serving';
  }

  #placeFor(servingHost: string): { host: string } | { reason: string } {
    const { vnf, policy, ports } = this.#care;
    const place = standbyHost(vnf, servingHost, policy.standby, ports);
    // A log is of use beside the instance too, as long as the host lives.
    return 'reason' in place && this.#log !== undefined ? { host: servingHost } : place;
  }

  async #make(servingHost: string, servingInst: string): Promise<void> {
    const { vnf, ports } = this.#care;
    const place = this.#placeFor(servingHost);
    if ('reason' in place) {
      this.#show('none', place.reason);
      return;
    }
    const { host } = place;
    const instance = newInstanceId(vnf);
    const record: StandbyRecord = { vnf, host, instance, servingHost, servingInst, ready: false };
    this.#record = record;
    this.#heard = fresh(ports.clock.monotonicMs());
    this.#unverified = false;
    ports.vnfs.keep(vnf, [instance]);
    this.#show('preparing', 'being started');
    await writeStandby(ports.store, record);
    this.#demandGoing();
    const spec = ports.vnfs.spec(vnf, host, instance, 'standby');
    const log = this.#log === undefined ? {} : { log: this.#log };
    await ports.hosts.startInstance(host, { ...spec, ...log });
    this.#demandGoing();
    await this.#connect(record);
    this.#show('preparing', 'being synchronised');
    await this.#synchronised();
    await this.#becomeReady(record);
  }

  async #connect({ host, instance, servingHost, servingInst }: StandbyRecord): Promise<void> {
    const { policy, ports } = this.#care;
    const token = newToken();
    // A log serves nothing: it takes no order.
    this.#token = this.#log === undefined ? token : undefined;
    const address = migrationAddress(ports.topology, host);
    const { silenceMs } = policy.detection;
    const port = await ports.hosts.listen(host, instance, address, token, silenceMs);
    this.#demandGoing();
    const commit = policy.outputCommit === 'commit' ? ({ commit: true } as const) : {};
    const connect = { method: 'connect', address, port, token, standing: true, ...commit } as const;
    try {
      await ports.hosts.call(servingHost, servingInst, connect);
    } catch (error) {
      if (!(error instanceof FerryError) || error.code !== 'INSTANCE_STATE') throw error;
      // It is still in the session of a standby that is no more.
      await ports.hosts.call(servingHost, servingInst, { method: 'abort' });
      await ports.hosts.call(servingHost, servingInst, connect);
    }
  }

  /** Resolves once it is; rejects when it will not be, or nothing moves. */
  async #synchronised(): Promise<void> {
    const { clock } = this.#care.ports;
    for (;;) {
      this.#demandGoing();
      if (this.#heard.lost !== undefined) throw new Error(this.#heard.lost);
      if (this.#heard.synchronised) return;
      const left = this.#heard.progressAt + IDLE_MS - clock.monotonicMs();
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

  async #becomeReady(record: StandbyRecord): Promise<void> {
    const { ports } = this.#care;
    await ports.hosts.setHeartbeat(record.servingHost, HEARTBEAT_MS);
    const ready = { ...record, ready: true };
    if (!record.ready) await writeStandby(ports.store, ready);
    this.#demandGoing();
    if (this.#record?.instance !== record.instance || this.#heard.lost !== undefined) {
      throw new Error(this.#heard.lost ?? 'the standby was replaced');
    }
    this.#record = ready;
    this.#unverified = false;
    this.#show('ready', undefined);
    this.#care.changed();
    const { vnf, host } = record;
    ports.steering.keepReady(vnf, [{ at: host, token: this.#token, host, parts: [] }]);
  }

  /** The stream's other end first: whatever waits for the serving instance goes on at once. */
  async #drop(): Promise<void> {
    const record = this.#record;
    if (record === undefined) return;
    const { hosts } = this.#care.ports;
    await hosts
      .call(record.servingHost, record.servingInst, { method: 'abort' })
      .catch(() => undefined);
    await this.forget();
    // Should its agent be away, it is stopped as an orphan.
    hosts.stopInstance(record.host, record.instance).catch(() => undefined);
  }

  #hear(event: HostEvent): void {
    const record = this.#record;
    if (event.type === 'connected') this.#unverified = this.#record !== undefined;
    if (event.type === 'connected' || event.type === 'disconnected') {
      this.#care.changed();
      this.look();
      return;
    }
    if (record === undefined) return;
    const isStandby = event.host === record.host && event.instance === record.instance;
    const isSource = event.host === record.servingHost && event.instance === record.servingInst;
    if (!isStandby && !isSource) return;
    if (event.type === 'instanceExited' && isStandby) this.#lose(`the standby: ${event.reason}`);
    if (event.type !== 'instanceEvent') return;
    switch (event.event.type) {
      case 'progress':
        this.#heard.progressAt = this.#care.ports.clock.monotonicMs();
        return;
      case 'synchronised':
        if (isStandby) this.#heard.synchronised = true;
        this.#wake();
        return;
      case 'syncLost':
        this.#lose(`the stream was lost: ${event.event.code}: ${event.event.reason}`);
        return;
      default:
        return;
    }
  }

  /** The standby stays until the next look: should the serving instance fail first, it is used. */
  #lose(why: string): void {
    this.#heard.lost = why;
    this.#wake();
    this.look();
  }

  #show(state: Redundancy['state'], reason: string | undefined): void {
    if (this.#state === state && this.#reason === reason) return;
    this.#state = state;
    this.#reason = reason;
    const { host = null, instance = null } = this.#record ?? {};
    const { vnf, ports } = this.#care;
    const data = { state, host, instance, ...(reason === undefined ? {} : { reason }) };
    ports.events.publish('vnf.redundancy', vnf, data);
    this.#care.changed();
  }

  #demandGoing(): void {
    const { vnf, ports } = this.#care;
    if (this.#reconciler.isStopped()) throw new Error('put aside');
    if (ports.vnfs.isHanded(vnf)) throw new Error('the VNF is being recovered');
  }
}

function fresh(now: number) {
  return { synchronised: false, lost: undefined as string | undefined, progressAt: now };
}
