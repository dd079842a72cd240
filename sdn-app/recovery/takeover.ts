/** One takeover, whoever it is by: from the order until the heir serves, is steered to, and is placed. */
import { FerryError, reasonOf } from '../contract/errors.js';
import type { InstanceEvent, InstanceStats } from '../contract/instance.js';
import type { PolicyOf, ActivePolicy } from '../contract/recovery-policy.js';
import type { PlainCall } from '../hosts/port.js';
import { isAway } from '../migration/calls.js';
import { Watch } from '../migration/watch.js';
import type { ServingPart } from '../vnfs/port.js';
import { RecoveryFault, type Place } from './fault.js';
import { Heir } from './heir.js';
import type { Care } from './mechanism.js';
import { round, type Recovery } from './recovery.js';
import type { StandbyRecord } from './standby/record.js';

/** Its own news are told at once; this is for those that are lost with a connection. */
const POLL_MS = 250;

/** How who has the state is told, and tells. */
export interface HeirKind {
  name: 'standby' | 'replica';
  /** To hold what comes until it serves. */
  hold: PlainCall;
  takeOver: PlainCall;
  /** Its statistics, when this is the news that it serves. */
  told(event: InstanceEvent): InstanceStats | undefined;
  figures(stats: InstanceStats): {
    serves: boolean;
    statelets: number | undefined;
    heardAgoUs: number | undefined;
  };
}

/** Who takes over from whom, and where the VNF is placed then. */
export interface Succession {
  kind: HeirKind;
  record: StandbyRecord;
  after: Place & { parts: readonly ServingPart[] };
}

type TakeoverCare = Pick<Care<PolicyOf<'1R-AS'> | ActivePolicy>, 'policy' | 'ports'>;

export class Takeover {
  readonly #succession: Succession;
  readonly #recovery: Recovery;
  readonly #care: TakeoverCare;
  readonly #watch: Watch;
  readonly #heir: Heir;
  /** What it told when it served, or later. */
  #served: InstanceStats | undefined;

  constructor(succession: Succession, recovery: Recovery, care: TakeoverCare) {
    this.#succession = succession;
    this.#recovery = recovery;
    this.#care = care;
    const { kind, record } = succession;
    const { vnf, host, instance, servingHost, servingInst } = record;
    Object.assign(recovery.record, { destHost: host, destInst: instance });
    this.#watch = new Watch(
      { vnf, srcHost: servingHost, srcInst: servingInst, destHost: host, destInst: instance },
      care.ports,
      true,
      (event, who) => {
        if (event.type === 'instanceEvent' && who === this.#watch.dest) {
          this.#served ??= kind.told(event.event);
        }
      },
      (forWhat) => recovery.waiting(forWhat),
    );
    this.#heir = new Heir(kind.name, this.#watch, recovery);
  }

  /** Rejects with a RecoveryFault when the heir is lost. */
  async run(): Promise<void> {
    try {
      const served = await this.#serve();
      const { vnf } = this.#succession.record;
      const { host, instance, parts } = this.#succession.after;
      const { vnfs } = this.#care.ports;
      vnfs.show(vnf, host, instance);
      this.#account(served);
      await this.#heir.persistently('the journal', () => vnfs.place(vnf, host, instance, parts));
    } finally {
      this.#watch.stop();
    }
  }

  async #serve(): Promise<InstanceStats> {
    if (this.#recovery.fault.provenDead) {
      const [served] = await Promise.all([this.#takeOver(), this.#redirect()]);
      return served;
    }
    // The heir speaks once no switch lets anybody else speak; what is redirected meanwhile waits.
    await Promise.all([this.#redirect(), this.#hold()]);
    return this.#takeOver();
  }

  async #redirect(): Promise<void> {
    const { record, after } = this.#succession;
    const { steering } = this.#care.ports;
    await this.#heir.persistently('the switch', () => {
      return steering.settle(record.vnf, after.host, after.parts);
    });
    this.#recovery.step('redirected');
  }

  /** Not vital: without it packets are lost until the takeover. */
  async #hold(): Promise<void> {
    const { kind, record } = this.#succession;
    try {
      await this.#care.ports.hosts.call(record.host, record.instance, kind.hold);
    } catch (error) {
      if (!isRefused(error)) {
        this.#recovery.note(`the ${kind.name} did not hold packets: ${reasonOf(error)}`);
      }
    }
  }

  async #takeOver(): Promise<InstanceStats> {
    const { host } = this.#succession.record;
    await this.#heir.persistently(`the agent of ${host}`, () => this.#order());
    const served = await this.#untilServed();
    this.#recovery.step('tookOver');
    return served;
  }

  async #order(): Promise<void> {
    // The switch has given the order already.
    if (this.#served !== undefined) return;
    const { kind, record } = this.#succession;
    try {
      await this.#care.ports.hosts.call(record.host, record.instance, kind.takeOver);
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (!(await this.#ask())) throw new RecoveryFault(`the ${kind.name}: ${reasonOf(error)}`);
    }
  }

  async #untilServed(): Promise<InstanceStats> {
    for (;;) {
      await this.#watch.within(POLL_MS, () => {
        this.#heir.demand();
        return this.#served !== undefined;
      });
      if (this.#served !== undefined) return this.#served;
      await this.#ask().catch((error: unknown) => {
        if (isAway(error) || error instanceof RecoveryFault) return;
        const { name } = this.#succession.kind;
        this.#recovery.note(`the ${name} does not answer: ${reasonOf(error)}`);
      });
    }
  }

  /** True when it serves. */
  async #ask(): Promise<boolean> {
    const { kind, record } = this.#succession;
    const stats = await this.#care.ports.hosts.stats(record.host, record.instance);
    // What runs under the same name after its end is another process, empty.
    this.#heir.demand();
    if (kind.figures(stats).serves) this.#served ??= stats;
    return this.#served !== undefined;
  }

  #account(served: InstanceStats): void {
    const { record, fault, elapsedMs } = this.#recovery;
    const { policy, ports } = this.#care;
    const { statelets, heardAgoUs } = this.#succession.kind.figures(served);
    const { silentMs } = fault;
    record.ovs = ports.steering.softwareVersion(record.vnf);
    record.recovery.outageMs = round(silentMs === null ? null : silentMs + elapsedMs);
    record.recovery.replayedStatelets = statelets ?? null;
    record.recovery.frozenMs = 0;
    record.recovery.imageBytes = 0;
    record.recovery.lostState =
      policy.outputCommit === 'commit'
        ? 'none that had been visible'
        : `changes of the last ${policy.windowMs} ms at most`;
    if (fault.type !== 'processExit' || heardAgoUs === undefined) return;
    // By the heir's clock: from the last that it heard until it served.
    const ago = Math.max(0, heardAgoUs / 1000 - (record.stepsMs['tookOver'] ?? 0));
    record.recovery.detectMs = round(ago);
    record.recovery.outageMs = round(ago + elapsedMs);
  }
}

/** The call does not fit what the instance is: it may have been obeyed before. */
function isRefused(error: unknown): boolean {
  return error instanceof FerryError && error.code === 'INSTANCE_STATE';
}
