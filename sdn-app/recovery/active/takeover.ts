/** From the order to serve what was replicated until it is served, steered and placed. */
import { FerryError, reasonOf } from '../../contract/errors.js';
import { replicaStats } from '../../contract/instance.js';
import { isAway } from '../../migration/calls.js';
import { Watch } from '../../migration/watch.js';
import { RecoveryFault } from '../fault.js';
import { Heir } from '../heir.js';
import { round, type Recovery } from '../recovery.js';
import type { ReplicaRecord } from './record.js';
import type { ActiveCare } from './replica.js';
import { takenOver } from './shares.js';

/** Its own news are told at once; this is for those that are lost with a connection. */
const POLL_MS = 250;

export class ShareTakeover {
  readonly #replica: ReplicaRecord;
  readonly #recovery: Recovery;
  readonly #care: ActiveCare;
  readonly #watch: Watch;
  readonly #heir: Heir;
  readonly #after: ReturnType<typeof takenOver>;
  #served = false;

  constructor(replica: ReplicaRecord, recovery: Recovery, care: ActiveCare) {
    this.#replica = replica;
    this.#recovery = recovery;
    this.#care = care;
    const { vnf, host, instance, servingHost, servingInst } = replica;
    const serving = care.ports.vnfs.get(vnf);
    if (serving === undefined) throw new Error(`no VNF ${vnf}`);
    this.#after = takenOver(serving, servingInst, { host, instance });
    this.#watch = new Watch(
      { vnf, srcHost: servingHost, srcInst: servingInst, destHost: host, destInst: instance },
      care.ports,
      true,
      (event, who) => {
        if (event.type !== 'instanceEvent' || event.event.type !== 'replica') return;
        if (who === this.#watch.dest && event.event.what === 'serving') this.#served = true;
      },
      (forWhat) => recovery.waiting(forWhat),
    );
    this.#heir = new Heir('replica', this.#watch, recovery);
  }

  async run(): Promise<void> {
    const { vnfs } = this.#care.ports;
    const { vnf } = this.#replica;
    if (this.#recovery.fault.provenDead) {
      await Promise.all([this.#redirect(), this.#takeOver()]);
    } else {
      // Nobody else may speak before the fence stands; what is redirected meanwhile waits.
      await Promise.all([this.#fenceAndRedirect(), this.#hold()]);
      await this.#takeOver();
    }
    await this.#account();
    const { host, instance, parts } = this.#after;
    await this.#heir.persistently('the journal', () => vnfs.place(vnf, host, instance, parts));
  }

  close(): void {
    this.#watch.stop();
  }

  async #fenceAndRedirect(): Promise<void> {
    const { steering } = this.#care.ports;
    const { vnf } = this.#replica;
    // On one switch the redirect is the fence; several do not change in one moment.
    if (steering.switchesOf(vnf).length > 1) {
      await this.#heir.persistently('the switches, to fence', () => steering.fence(vnf));
      this.#recovery.step('fenced');
    }
    await this.#redirect();
  }

  async #redirect(): Promise<void> {
    const { steering } = this.#care.ports;
    const { host, parts } = this.#after;
    const { vnf } = this.#replica;
    await this.#heir.persistently('the switch', () => steering.settle(vnf, host, parts));
    this.#recovery.step('redirected');
  }

  /** Not vital: without it packets are lost until the takeover. */
  async #hold(): Promise<void> {
    const { host, instance } = this.#replica;
    try {
      await this.#care.ports.hosts.call(host, instance, { method: 'armReplica' });
    } catch (error) {
      if (!(error instanceof FerryError) || error.code !== 'INSTANCE_STATE') {
        this.#recovery.note(`the replica did not hold packets: ${reasonOf(error)}`);
      }
    }
  }

  async #takeOver(): Promise<void> {
    const { host, instance } = this.#replica;
    const { hosts } = this.#care.ports;
    await this.#heir.persistently(`the agent of ${host}`, async () => {
      try {
        await hosts.call(host, instance, { method: 'takeoverReplica' });
      } catch (error) {
        if (!(error instanceof FerryError) || error.code !== 'INSTANCE_STATE') throw error;
        await this.#ask();
        if (!this.#served) throw new RecoveryFault(`the replica: ${error.message}`);
      }
    });
    while (!(await this.#watch.within(POLL_MS, () => this.#isServed()))) {
      await this.#ask().catch((error: unknown) => {
        if (!isAway(error)) this.#recovery.note(`the replica does not answer: ${reasonOf(error)}`);
      });
    }
    this.#recovery.step('tookOver');
  }

  #isServed(): boolean {
    this.#heir.demand();
    return this.#served;
  }

  async #ask(): Promise<void> {
    const { host, instance } = this.#replica;
    if (replicaStats(await this.#care.ports.hosts.stats(host, instance)).tookOver) {
      this.#served = true;
    }
  }

  async #account(): Promise<void> {
    const { record, fault, elapsedMs } = this.#recovery;
    const { policy, ports } = this.#care;
    const { host, instance } = this.#replica;
    const stats = await ports.hosts.stats(host, instance).catch(() => undefined);
    const askedMs = this.#recovery.elapsedMs;
    const { silentMs } = fault;
    record.ovs = ports.steering.softwareVersion(record.vnf);
    record.recovery.outageMs = round(silentMs === null ? null : silentMs + elapsedMs);
    const kept = stats === undefined ? undefined : replicaStats(stats);
    record.recovery.replayedStatelets = kept?.statelets ?? null;
    record.recovery.frozenMs = 0;
    record.recovery.imageBytes = 0;
    record.recovery.lostState =
      policy.outputCommit === 'commit'
        ? 'none that had been visible'
        : `changes of the last ${policy.windowMs} ms at most`;
    const heardUs = kept?.heardAgoUs;
    if (fault.type !== 'processExit' || heardUs === undefined) return;
    // By the heir's clock: from the last that it heard until it was asked.
    const ago = Math.max(0, heardUs / 1000 - askedMs);
    record.recovery.detectMs = round(ago);
    record.recovery.outageMs = round(ago + elapsedMs);
  }
}
