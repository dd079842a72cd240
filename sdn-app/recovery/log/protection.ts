/**
 * Mechanism `0R` for NFs with statelets: a process on another host keeps snapshot and statelets of the
 * serving instance in a file. A new instance gets them played and goes on, nothing forgotten.
 */
import { reasonOf } from '../../contract/errors.js';
import { migrationAddress } from '../../contract/resolve.js';
import type { InstanceStats } from '../../contract/instance.js';
import type { PolicyOf } from '../../contract/recovery-policy.js';
import { newToken } from '../../migration/ids.js';
import { newInstanceId } from '../../vnfs/instance-id.js';
import { RecoveryFault, type Place } from '../fault.js';
import { KeptProtection } from '../kept-protection.js';
import type { Care, Observed } from '../mechanism.js';
import { round, type Recovery } from '../recovery.js';
import { StandbyKeeper } from '../standby/keeper.js';
import { observedBy, type StandbyRecord } from '../standby/record.js';
import { hostsAfter } from '../suitable-hosts.js';
import { Playback } from './playback.js';

export class LogProtection extends KeptProtection<Care<PolicyOf<'0R'>>, StandbyKeeper> {
  /** The journal has a new instance before it takes over: after a restart nobody need be asked. */
  readonly undecided = false;

  constructor(care: Care<PolicyOf<'0R'>>) {
    super(care, new StandbyKeeper(care, { maxBytes: care.policy.logBytes }));
  }

  observers(): Observed[] {
    const { record } = this.keeper;
    return record === undefined ? [] : [observedBy(record)];
  }

  wasUsed(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async recover(recovery: Recovery): Promise<void> {
    const begun = await this.#begun(recovery);
    if (begun !== undefined) {
      await this.#finish(recovery, begun);
      return;
    }
    const log = this.heirOf(recovery);
    const fenced = this.#fence(recovery);
    fenced.catch(() => undefined);
    const dest = await this.#start(recovery);
    const { hosts, clock } = this.care.ports;
    const playback = new Playback(log, dest, hosts, clock);
    try {
      await this.#play(recovery, log, dest, playback, fenced);
    } finally {
      playback.close();
    }
    await this.#finish(recovery, dest);
  }

  protected keptOf(): StandbyKeeper {
    return this.keeper;
  }

  /** The instance of an earlier run of the controller, if it has taken over. */
  async #begun({ record, resumed }: Recovery): Promise<Place | undefined> {
    const { destHost: host, destInst: instance } = record;
    const { hosts } = this.care.ports;
    if (!resumed || host === null || instance === null) return undefined;
    const isListed = hosts.instances(host)?.has(instance) === true;
    if (!isListed || (await hosts.stats(host, instance)).mode !== 'serving') return undefined;
    return { host, instance };
  }

  /** An empty instance on the first host that can have it. */
  async #start(recovery: Recovery): Promise<Place> {
    const { vnf, policy, ports } = this.care;
    const faults: string[] = [];
    for (const host of hostsAfter(recovery, policy.standby, ports)) {
      const instance = newInstanceId(vnf);
      ports.vnfs.claim(vnf, [instance]);
      try {
        await ports.hosts.startInstance(host, ports.vnfs.spec(vnf, host, instance, 'standby'));
        recovery.step('started');
        return { host, instance };
      } catch (error) {
        recovery.note(`not started on ${host}: ${reasonOf(error)}`);
        faults.push(reasonOf(error));
      }
    }
    throw new RecoveryFault(faults.join('; ') || 'no host with links to its networks is there');
  }

  async #play(
    recovery: Recovery,
    log: StandbyRecord,
    dest: Place,
    playback: Playback,
    fenced: Promise<void>,
  ): Promise<void> {
    const { hosts, topology } = this.care.ports;
    Object.assign(recovery.record, { destHost: dest.host, destInst: dest.instance });
    // On disk before it takes over; while it is written, the log is played.
    const steered = fenced.then(() => this.#steer(recovery, dest.host));
    const ready = Promise.all([recovery.save(), steered]);
    ready.catch(() => undefined);
    const token = newToken();
    const address = migrationAddress(topology, dest.host);
    const port = await hosts.listen(dest.host, dest.instance, address, token);
    await hosts.call(log.host, log.instance, { method: 'connect', address, port, token });
    await playback.played();
    recovery.step('replayed');
    await ready;
    await hosts.call(dest.host, dest.instance, { method: 'takeover', atOnce: true });
    this.#account(recovery, await playback.serving());
    recovery.step('tookOver');
  }

  /** Resolves when the old instance cannot speak any more; it is ended as well, if it can be. */
  async #fence(recovery: Recovery): Promise<void> {
    const { vnf, srcHost, srcInst } = recovery.record;
    const { steering, hosts } = this.care.ports;
    hosts.stopInstance(srcHost, srcInst, 'abruptly').catch(() => undefined);
    if (recovery.fault.provenDead) return;
    await steering.fence(vnf);
    recovery.step('fenced');
  }

  async #steer(recovery: Recovery, host: string): Promise<void> {
    const { record, fault, resumed } = recovery;
    if (fault.provenDead && host === record.srcHost && !resumed) return;
    await this.care.ports.steering.settle(record.vnf, host);
    recovery.step('redirected');
  }

  async #finish(recovery: Recovery, dest: Place): Promise<void> {
    const { vnf, ports } = this.care;
    if (recovery.resumed) await ports.steering.settle(vnf, dest.host);
    ports.vnfs.show(vnf, dest.host, dest.instance);
    await ports.vnfs.place(vnf, dest.host, dest.instance);
    const { record } = this.keeper;
    await this.keeper.forget();
    if (record !== undefined) {
      ports.hosts.stopInstance(record.host, record.instance).catch(() => undefined);
    }
    this.endFailed(recovery);
  }

  #account({ record, fault, elapsedMs }: Recovery, { sync }: InstanceStats): void {
    const { policy, ports } = this.care;
    record.ovs = ports.steering.softwareVersion(record.vnf);
    Object.assign(record.recovery, {
      outageMs: round((fault.silentMs ?? 0) + elapsedMs),
      replayedStatelets: sync.statelets,
      lostState: `changes of the last ${policy.windowMs} ms at most`,
      frozenMs: 0,
      imageBytes: sync.snapshotBytes + sync.stateletBytes,
    });
  }
}
