/**
 * Mechanism `1R-AS` for NFs with statelets: a standby that has every change takes over. The journal
 * says beforehand that it may, so that nothing is waited for when it must. For programs: a checkpoint
 * that waits on another host.
 */
import type { Place } from '../fault.js';
import { isProgram } from '../image/protection.js';
import { ReadyProtection } from '../image/ready-protection.js';
import { KeptProtection } from '../kept-protection.js';
import type { Care, Mechanism, Observed } from '../mechanism.js';
import type { PolicyOf } from '../../contract/recovery-policy.js';
import type { Recovery } from '../recovery.js';
import { StandbyKeeper } from '../standby/keeper.js';
import { observedBy } from '../standby/record.js';
import { learnWhoServes } from '../standby/who-serves.js';
import { Takeover, type HeirKind } from '../takeover.js';

export const hotStandby: Mechanism<'1R-AS'> = (care) =>
  isProgram(care) ? new ReadyProtection(care) : new HotStandby(care);

const STANDBY: HeirKind = {
  name: 'standby',
  hold: { method: 'arm' },
  takeOver: { method: 'takeover', atOnce: true },
  told: (event) => (event.type === 'serving' ? event.stats : undefined),
  figures: ({ mode, sync, counters }) => ({
    serves: mode === 'serving',
    statelets: sync.statelets,
    heardAgoUs: counters['heardAgoUs'],
  }),
};

class HotStandby extends KeptProtection<Care<PolicyOf<'1R-AS'>>, StandbyKeeper> {
  constructor(care: Care<PolicyOf<'1R-AS'>>) {
    super(care, new StandbyKeeper(care));
  }

  observers(): Observed[] {
    const { ready } = this.keeper;
    return ready === undefined ? [] : [observedBy(ready)];
  }

  get standby(): Place | undefined {
    const { ready } = this.keeper;
    return ready === undefined ? undefined : { host: ready.host, instance: ready.instance };
  }

  get undecided(): boolean {
    return this.keeper.record?.ready === true;
  }

  async wasUsed(patient: boolean): Promise<Place | undefined> {
    const { record } = this.keeper;
    if (record?.ready !== true) return undefined;
    const serves = await learnWhoServes(record, this.care.ports, patient);
    return serves === 'standby' ? observedBy(record).serving : undefined;
  }

  async recover(recovery: Recovery): Promise<void> {
    const record = this.heirOf(recovery);
    const { host, instance } = record;
    const succession = { kind: STANDBY, record, after: { host, instance, parts: [] } };
    await new Takeover(succession, recovery, this.care).run();
    await this.keeper.forget();
    this.endFailed(recovery);
  }

  protected keptOf(): StandbyKeeper {
    return this.keeper;
  }
}
