/**
 * Mechanism `1R-AS` for NFs with statelets: a standby that has every change takes over. The journal
 * says beforehand that it may, so that nothing is waited for when it must.
 */
import { FerryError, reasonOf } from '../../contract/errors.js';
import type { Redundancy } from '../../contract/recovery.js';
import { Watch } from '../../migration/watch.js';
import { isAway } from '../../migration/calls.js';
import { RecoveryFault, type Fault, type Place } from '../fault.js';
import type { Mechanism, Observed, Protection } from '../mechanism.js';
import { Heir } from '../heir.js';
import { round, type Recovery } from '../recovery.js';
import { StandbyKeeper, type StandbyCare } from '../standby/keeper.js';
import { observedBy, type StandbyRecord } from '../standby/record.js';
import { learnWhoServes } from '../standby/who-serves.js';

/** Its own news are told at once; this is for those that are lost with a connection. */
const POLL_MS = 250;

export const hotStandby: Mechanism<'1R-AS'> = (care) => new HotStandby(care);

class HotStandby implements Protection {
  readonly #care: StandbyCare;
  readonly #keeper: StandbyKeeper;

  constructor(care: StandbyCare) {
    this.#care = care;
    this.#keeper = new StandbyKeeper(care);
  }

  observers(): Observed[] {
    const { ready } = this.#keeper;
    return ready === undefined ? [] : [observedBy(ready)];
  }

  get standby(): { host: string; instance: string } | undefined {
    const { ready } = this.#keeper;
    return ready === undefined ? undefined : { host: ready.host, instance: ready.instance };
  }

  /** A dead process is dead, whatever is not yet known of the stream. */
  canRecover({ type }: Fault): boolean {
    const standby = type === 'processExit' ? this.#keeper.usable : this.#keeper.ready;
    return standby !== undefined;
  }

  redundancy(): Redundancy {
    return this.#keeper.redundancy();
  }

  get undecided(): boolean {
    return this.#keeper.record?.ready === true;
  }

  async wasUsed(patient: boolean): Promise<Place | undefined> {
    const { record } = this.#keeper;
    if (record?.ready !== true) return undefined;
    const serves = await learnWhoServes(record, this.#care.ports, patient);
    return serves === 'standby' ? observedBy(record).serving : undefined;
  }

  async recover(recovery: Recovery): Promise<void> {
    const { ready, usable, record } = this.#keeper;
    const begun = recovery.resumed || recovery.fault.type === 'interrupted';
    const standby = begun ? record : (ready ?? usable);
    if (standby?.ready !== true) {
      throw new RecoveryFault(`no standby is ready: ${this.redundancy().reason ?? 'none'}`);
    }
    const { ports } = this.#care;
    Object.assign(recovery.record, { destHost: standby.host, destInst: standby.instance });
    const takeover = new Takeover(standby, recovery, this.#care);
    try {
      await takeover.run();
    } finally {
      takeover.close();
    }
    await this.#keeper.forget();
    const { srcHost, srcInst } = recovery.record;
    // Should its agent be away, it is stopped as an orphan when that is back.
    ports.hosts.stopInstance(srcHost, srcInst).catch(() => undefined);
  }

  setAside(): Promise<void> {
    return this.#keeper.setAside();
  }

  look(): void {
    this.#keeper.resume();
  }

  close(): void {
    this.#keeper.close();
  }
}

/** From the order to take over until the standby serves and is placed. */
class Takeover {
  readonly #standby: StandbyRecord;
  readonly #recovery: Recovery;
  readonly #care: StandbyCare;
  readonly #watch: Watch;
  readonly #heir: Heir;

  constructor(standby: StandbyRecord, recovery: Recovery, care: StandbyCare) {
    this.#standby = standby;
    this.#recovery = recovery;
    this.#care = care;
    const { vnf, host, instance, servingHost, servingInst } = standby;
    this.#watch = new Watch(
      { vnf, srcHost: servingHost, srcInst: servingInst, destHost: host, destInst: instance },
      care.ports,
      true,
      () => undefined,
      (forWhat) => recovery.waiting(forWhat),
    );
    this.#heir = new Heir('standby', this.#watch, recovery);
  }

  async run(): Promise<void> {
    const { vnf, host, instance } = this.#standby;
    const { vnfs } = this.#care.ports;
    if (this.#recovery.fault.provenDead) {
      await Promise.all([this.#redirect(), this.#takeOver()]);
    } else {
      // Nobody else may speak before the fence stands; what is redirected meanwhile waits.
      await Promise.all([this.#fenceAndRedirect(), this.#hold()]);
      await this.#takeOver();
    }
    vnfs.show(vnf, host, instance);
    this.#account();
    await this.#heir.persistently('the journal', () => vnfs.place(vnf, host, instance));
  }

  close(): void {
    this.#watch.stop();
  }

  async #fenceAndRedirect(): Promise<void> {
    const { steering } = this.#care.ports;
    const { vnf } = this.#standby;
    // On one switch the redirect is the fence; several do not change in one moment.
    if (steering.switchesOf(vnf).length > 1) {
      await this.#heir.persistently('the switches, to fence', () => steering.fence(vnf));
      this.#recovery.step('fenced');
    }
    await this.#redirect();
  }

  async #redirect(): Promise<void> {
    const { vnf, host } = this.#standby;
    const { steering } = this.#care.ports;
    await this.#heir.persistently('the switch', () => steering.settle(vnf, host));
    this.#recovery.step('redirected');
  }

  /** Not vital: without it packets are lost until the takeover. */
  async #hold(): Promise<void> {
    const { host, instance } = this.#standby;
    try {
      await this.#care.ports.hosts.call(host, instance, { method: 'arm' });
    } catch (error) {
      if (!(error instanceof FerryError) || error.code !== 'INSTANCE_STATE') {
        this.#recovery.note(`the standby did not hold packets: ${reasonOf(error)}`);
      }
    }
  }

  async #takeOver(): Promise<void> {
    const { host, instance } = this.#standby;
    const { hosts } = this.#care.ports;
    const { dest } = this.#watch;
    const serves = () => dest.serving !== undefined;
    await this.#heir.persistently(`the agent of ${host}`, async () => {
      // The switch has given it the order already.
      if (serves()) return;
      try {
        await hosts.call(host, instance, { method: 'takeover', atOnce: true });
      } catch (error) {
        if (!(error instanceof FerryError) || error.code !== 'INSTANCE_STATE') throw error;
        dest.takeStats(await hosts.stats(host, instance));
        if (!serves()) throw new RecoveryFault(`the standby: ${error.message}`);
      }
    });
    for (;;) {
      const served = await this.#watch.within(POLL_MS, () => {
        this.#heir.demand();
        return serves();
      });
      if (served) break;
      try {
        dest.takeStats(await hosts.stats(host, instance));
      } catch (error) {
        if (!isAway(error)) this.#recovery.note(`the standby does not answer: ${reasonOf(error)}`);
      }
    }
    this.#recovery.step('tookOver');
  }

  #account(): void {
    const { record, fault, elapsedMs } = this.#recovery;
    const { stats } = this.#watch.dest;
    const { policy, ports } = this.#care;
    const heardUs = stats?.counters['heardAgoUs'];
    const { silentMs } = fault;
    record.ovs = ports.steering.softwareVersion(record.vnf);
    record.recovery.outageMs = round(silentMs === null ? null : silentMs + elapsedMs);
    record.recovery.replayedStatelets = stats?.sync.statelets ?? null;
    record.recovery.frozenMs = 0;
    record.recovery.imageBytes = 0;
    record.recovery.lostState =
      policy.outputCommit === 'commit'
        ? 'none that had been visible'
        : `changes of the last ${policy.windowMs} ms at most`;
    if (fault.type === 'processExit' && heardUs !== undefined) {
      // By the standby's clock: from the last that it heard until it served.
      const ago = heardUs / 1000 - (record.stepsMs['tookOver'] ?? 0);
      record.recovery.detectMs = round(Math.max(0, ago));
      record.recovery.outageMs = round(Math.max(0, ago) + elapsedMs);
    }
  }
}
