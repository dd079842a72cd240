/**
 * Several instances serve a share of a VNF's work each, and each keeps what the one before it serves.
 * When one fails, the next one takes its share over; then the shares are spread again.
 */
import type { Redundancy } from '../../contract/recovery.js';
import { RecoveryFault, type Fault, type Place } from '../fault.js';
import type { Observed, Protection } from '../mechanism.js';
import type { Recovery } from '../recovery.js';
import { observedBy } from '../standby/record.js';
import { ActiveKeeper } from './keeper.js';
import { replicaServes } from './record.js';
import type { ActiveCare } from './replica.js';
import { ShareTakeover } from './takeover.js';

export class ActiveProtection implements Protection {
  readonly #care: ActiveCare;
  readonly #keeper: ActiveKeeper;

  constructor(care: ActiveCare) {
    this.#care = care;
    this.#keeper = new ActiveKeeper(care);
  }

  observers(): Observed[] {
    return this.#keeper.replicas.flatMap(({ ready }) =>
      ready === undefined ? [] : [observedBy(ready)],
    );
  }

  redundancy(): Redundancy {
    return this.#keeper.redundancy();
  }

  /** A dead process is dead, whatever is not yet known of the stream. */
  canRecover({ type, serving }: Fault): boolean {
    const replica = this.#keeper.replicaOf(serving.instance);
    return (type === 'processExit' ? replica?.usable : replica?.ready) !== undefined;
  }

  get undecided(): boolean {
    return this.#keeper.replicas.some(({ record }) => record.ready);
  }

  async wasUsed(patient: boolean): Promise<Place | undefined> {
    const { members } = this.#keeper;
    for (const { record } of this.#keeper.replicas) {
      const of = members.find(({ instance }) => instance === record.servingInst);
      if (of === undefined || !record.ready) continue;
      if (await replicaServes(record, of.part, this.#care.ports, patient)) {
        return observedBy(record).serving;
      }
    }
    return undefined;
  }

  async recover(recovery: Recovery): Promise<void> {
    const { vnfs, steering, hosts } = this.#care.ports;
    const { vnf, srcHost, srcInst } = recovery.record;
    const known = this.#keeper.replicaOf(srcInst);
    const begun = recovery.resumed || recovery.fault.type === 'interrupted';
    const replica = begun ? known?.record : (known?.ready ?? known?.usable);
    const placed = vnfs.get(vnf);
    if (
      placed !== undefined &&
      !this.#keeper.members.some(({ instance }) => instance === srcInst)
    ) {
      // It was placed before the controller was restarted: only the switch may not have heard.
      await steering.settle(vnf, placed.host, placed.parts);
    } else if (replica?.ready === true) {
      Object.assign(recovery.record, { destHost: replica.host, destInst: replica.instance });
      const takeover = new ShareTakeover(replica, recovery, this.#care);
      try {
        await takeover.run();
      } finally {
        takeover.close();
      }
    } else {
      throw new RecoveryFault(`no replica of ${srcInst} on ${srcHost} is ready`);
    }
    if (recovery.fault.type === 'hostSilent') this.#keeper.avoid(srcHost);
    await this.#keeper.forget(srcInst, recovery.record.destInst ?? srcInst);
    // Should its agent be away, it is stopped as an orphan when that is back.
    hosts.stopInstance(srcHost, srcInst).catch(() => undefined);
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
