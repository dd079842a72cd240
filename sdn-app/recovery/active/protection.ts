/**
 * Several instances serve a share of a VNF's work each, and each keeps what the one before it serves.
 * When one fails, the next one takes its share over; then the shares are spread again.
 */
import { replicaStats } from '../../contract/instance.js';
import type { Place } from '../fault.js';
import { KeptProtection } from '../kept-protection.js';
import type { Observed } from '../mechanism.js';
import type { Recovery } from '../recovery.js';
import { observedBy } from '../standby/record.js';
import { Takeover, type HeirKind } from '../takeover.js';
import { ActiveKeeper } from './keeper.js';
import { replicaServes } from './record.js';
import type { ActiveCare, Replica } from './replica.js';
import { takenOver } from './shares.js';

const REPLICA: HeirKind = {
  name: 'replica',
  hold: { method: 'armReplica' },
  takeOver: { method: 'takeoverReplica' },
  told: (event) => (event.type === 'replicaServing' ? event.stats : undefined),
  figures: (stats) => {
    const { tookOver, statelets, heardAgoUs } = replicaStats(stats);
    return { serves: tookOver, statelets, heardAgoUs };
  },
};

export class ActiveProtection extends KeptProtection<ActiveCare, ActiveKeeper> {
  constructor(care: ActiveCare) {
    super(care, new ActiveKeeper(care));
  }

  observers(): Observed[] {
    return this.keeper.replicas.flatMap(({ ready }) =>
      ready === undefined ? [] : [observedBy(ready)],
    );
  }

  get undecided(): boolean {
    return this.keeper.replicas.some(({ record }) => record.ready);
  }

  async wasUsed(patient: boolean): Promise<Place | undefined> {
    const { members } = this.keeper;
    for (const { record } of this.keeper.replicas) {
      const of = members.find(({ instance }) => instance === record.servingInst);
      if (of === undefined || !record.ready) continue;
      if (await replicaServes(record, of.part, this.care.ports, patient)) {
        return observedBy(record).serving;
      }
    }
    return undefined;
  }

  async recover(recovery: Recovery): Promise<void> {
    const { vnfs, steering } = this.care.ports;
    const { vnf, srcHost, srcInst } = recovery.record;
    const placed = vnfs.get(vnf);
    if (placed === undefined) throw new Error(`no VNF ${vnf}`);
    if (this.keeper.members.some(({ instance }) => instance === srcInst)) {
      const record = this.heirOf(recovery);
      const after = takenOver(placed, srcInst, record);
      await new Takeover({ kind: REPLICA, record, after }, recovery, this.care).run();
    } else {
      // It was placed before the controller was restarted: only the switch may not have heard.
      await steering.settle(vnf, placed.host, placed.parts);
    }
    if (recovery.fault.type === 'hostSilent') this.keeper.avoid(srcHost);
    await this.keeper.forget(srcInst, recovery.record.destInst ?? srcInst);
    this.endFailed(recovery);
  }

  protected keptOf(instance: string): Replica | undefined {
    return this.keeper.replicaOf(instance);
  }
}
