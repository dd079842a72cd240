/** The fault manager: what protects each VNF, and a recovery for each fault of a serving instance. */
import { FerryError, reasonOf } from '../contract/errors.js';
import type {
  HealRequest,
  RecoveryReport,
  RecoveryResource,
  Redundancy,
} from '../contract/recovery.js';
import type { TrafficSubmission } from '../contract/rest.js';
import { Detector, type Watched } from './detection/detector.js';
import type { Fault, Place } from './fault.js';
import type { Protection } from './mechanism.js';
import type { RecoveryPorts } from './ports.js';
import { JOURNAL_PREFIX, newRecoveryId, recoveryRecord, toResource } from './record.js';
import { Recovery } from './recovery.js';
import { protect } from './registry.js';
import { reportOf } from './report.js';

/** Ended recoveries that are remembered. */
const MAX_ENDED = 1000;
const RETRY_MS = 500;
/** Between two questions who serves, after a restart. */
const DECIDE_MS = 100;
/** For so long agents that are not there are waited for. */
const PATIENCE_MS = 3000;
const FAILED_MS = 5000;

export class FaultManager {
  readonly #ports: RecoveryPorts;
  readonly #protections = new Map<string, Protection>();
  /** By id, oldest first. */
  readonly #recoveries = new Map<string, Recovery>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #detector: Detector;
  readonly #unsubscribe: (() => void)[];
  /** VNFs of which it is not yet known who serves; a death meanwhile decides. */
  readonly #deciding = new Map<string, (fault: Fault) => void>();
  /** The fault that each VNF could not be recovered from: told once. */
  readonly #helpless = new Map<string, Fault['type']>();
  /** A recovery that failed is not tried again at once for what is still wrong. */
  readonly #failed = new Map<string, { type: Fault['type']; until: number }>();
  #closed = false;

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
    const watched = new Map<string, Watched>();
    for (const [vnf, { recovery: policy }] of Object.entries(ports.topology.vnfs)) {
      if (policy === undefined) continue;
      const changed = () => this.#detector.look();
      const protection = protect({ vnf, policy, ports, changed });
      this.#protections.set(vnf, protection);
      const ready = () => protection.redundancy().state === 'ready';
      watched.set(vnf, { ...policy.detection, observers: () => protection.observers(), ready });
    }
    this.#detector = new Detector(ports, watched, (fault) => this.#take(fault));
    this.#unsubscribe = [
      ports.vnfs.onTakenBack((vnf) => {
        this.#detector.look();
        this.#protections.get(vnf)?.look();
      }),
    ];
  }

  /** Takes up what an earlier run has left. Before anything connects, as with migrations. */
  start(): void {
    const records = this.#ports.store
      .entries(JOURNAL_PREFIX)
      .map(([, value]) => recoveryRecord.parse(value))
      .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
    for (const record of records) {
      const { vnf, cause, recovery, srcHost: host, srcInst: instance } = record;
      const fault: Fault = {
        ...{ vnf, type: recovery.fault, detectedBy: 'controller', cause },
        serving: { host, instance },
        ...{ provenDead: false, silentMs: null },
      };
      const found = new Recovery(record, fault, this.#ports, true);
      this.#recoveries.set(record.id, found);
      if (record.endedAt !== null || this.#protections.get(vnf) === undefined) continue;
      this.#hand(found);
      this.#run(found);
    }
    for (const [vnf, protection] of this.#protections) {
      // One that a migration has was put aside for it, or is about to be.
      if (this.#ports.vnfs.isHanded(vnf)) continue;
      if (protection.undecided) this.#decide(vnf, protection);
    }
  }

  list(): RecoveryResource[] {
    return [...this.#recoveries.values()].map(({ record }) => toResource(record));
  }

  /** Throws RECOVERY_UNKNOWN, as everything by id does. */
  get(id: string): RecoveryResource {
    return toResource(this.#find(id).record);
  }

  /** Throws REPORT_NOT_READY while it runs. */
  report(id: string): RecoveryReport {
    return reportOf(this.#find(id).record);
  }

  async addTraffic(id: string, traffic: TrafficSubmission): Promise<void> {
    await this.#find(id).addTraffic(traffic);
  }

  /** Null for a VNF that nothing protects. */
  redundancy(vnf: string): Redundancy | null {
    return this.#protections.get(vnf)?.redundancy() ?? null;
  }

  /** The VNF's hot standby, while it is ready. */
  standby(vnf: string): { host: string; instance: string } | undefined {
    return this.#protections.get(vnf)?.standby;
  }

  /** Brings a VNF back as after a failure. Throws VNF_UNKNOWN, VNF_BUSY or NOT_PROTECTED. */
  heal(vnf: string, { cause }: HealRequest): RecoveryResource {
    const serving = this.#ports.vnfs.get(vnf);
    if (serving === undefined) {
      throw new FerryError('VNF_UNKNOWN', `the topology declares no VNF ${vnf}`, 'name');
    }
    const protection = this.#protections.get(vnf);
    if (protection === undefined) {
      throw new FerryError('NOT_PROTECTED', `${vnf} has no recovery in the topology`, 'name');
    }
    if (this.#ports.vnfs.isHanded(vnf)) {
      throw new FerryError('VNF_BUSY', `${vnf} is ${serving.state}`, 'name');
    }
    const { state, reason } = protection.redundancy();
    if (state !== 'ready') {
      throw new FerryError('NOT_REDUNDANT', `${vnf}: ${reason ?? state}`, 'name');
    }
    const fault: Fault = {
      ...{ vnf, type: 'onDemand', detectedBy: 'operator', cause },
      serving: { host: serving.host, instance: serving.instance },
      ...{ provenDead: false, silentMs: null },
    };
    return toResource(this.#begin(fault, protection).record);
  }

  /** Resolves once a migration may have the VNF's serving instance. */
  async setAside(vnf: string): Promise<void> {
    this.#detector.forget(vnf);
    await this.#protections.get(vnf)?.setAside();
  }

  /** Leaves running recoveries as their journal says; a later start takes them up. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#detector.close();
    for (const protection of this.#protections.values()) protection.close();
    await Promise.all(this.#running.values());
  }

  #take(fault: Fault): void {
    const { vnf, type } = fault;
    const protection = this.#protections.get(vnf);
    if (type === 'processExit') this.#deciding.get(vnf)?.(fault);
    if (this.#closed || protection === undefined || this.#ports.vnfs.isHanded(vnf)) return;
    const { state, reason } = protection.redundancy();
    const failed = this.#failed.get(vnf);
    const again = failed?.type === type && this.#ports.clock.monotonicMs() < failed.until;
    if (!again && protection.canRecover(fault)) {
      this.#begin(fault, protection);
      return;
    }
    if (this.#helpless.get(vnf) === type) return;
    this.#helpless.set(vnf, type);
    const data = { fault: type, cause: fault.cause, reason: reason ?? state };
    this.#ports.events.publish('vnf.unprotected', vnf, data);
  }

  /** Everything that matters is under way when this returns. */
  #begin(fault: Fault, protection: Protection): Recovery {
    const { vnfs } = this.#ports;
    const { mechanism } = protection.redundancy();
    const recovery = Recovery.begin(fault, mechanism, this.#ports);
    this.#recoveries.set(recovery.record.id, recovery);
    this.#helpless.delete(fault.vnf);
    vnfs.handToRecovery(fault.vnf, recovery.record.id);
    this.#detector.forget(fault.vnf);
    this.#run(recovery);
    recovery.saveSoon();
    // The world is told once the orders are out: it takes longer than they do.
    this.#ports.clock.after(0, () => {
      if (this.#closed || recovery.record.endedAt !== null) return;
      vnfs.setState(fault.vnf, 'recovering', fault.cause);
      recovery.publishState();
      void this.#forgetOldest();
    });
    return recovery;
  }

  #hand({ record }: Recovery): void {
    const { vnfs, steering } = this.#ports;
    vnfs.handToRecovery(record.vnf, record.id);
    vnfs.setState(record.vnf, 'recovering', record.cause);
    steering.expect(record.vnf, { form: 'undecided' });
  }

  #run(recovery: Recovery): void {
    const { vnf, id } = recovery.record;
    const protection = this.#protections.get(vnf);
    if (protection === undefined) return;
    const done = protection
      .recover(recovery)
      .then(
        () => this.#conclude(recovery, null),
        (error: unknown) => this.#giveUp(recovery, error),
      )
      .finally(() => this.#running.delete(id));
    this.#running.set(id, done);
  }

  async #giveUp(recovery: Recovery, error: unknown): Promise<void> {
    if (this.#closed) return;
    const { steering, vnfs, clock } = this.#ports;
    const { vnf } = recovery.record;
    this.#failed.set(vnf, {
      type: recovery.fault.type,
      until: clock.monotonicMs() + FAILED_MS,
    });
    clock.after(FAILED_MS, () => this.#detector.look());
    const placed = vnfs.get(vnf);
    // Where it was: its agent has started it again there, empty, or will.
    if (placed !== undefined) {
      await steering.settle(vnf, placed.host, placed.parts).catch(() => undefined);
    }
    await this.#conclude(recovery, reasonOf(error));
  }

  async #conclude(recovery: Recovery, reason: string | null): Promise<void> {
    const { vnf } = recovery.record;
    while (!this.#closed) {
      try {
        await recovery.end(reason === null ? 'completed' : 'failed', reason);
        this.#ports.vnfs.takeBack(vnf);
        return;
      } catch (error) {
        recovery.waiting(`the journal: ${reasonOf(error)}`);
        await new Promise<void>((resolve) => void this.#ports.clock.after(RETRY_MS, resolve));
      }
    }
  }

  /** Until it is known who serves, nothing is written to the switch and nobody else touches the VNF. */
  #decide(vnf: string, protection: Protection): void {
    const { vnfs, steering, clock } = this.#ports;
    const serving = vnfs.get(vnf);
    if (serving === undefined) return;
    const { host, parts } = serving;
    vnfs.handToRecovery(vnf, newRecoveryId());
    steering.expect(vnf, { form: 'undecided' });
    const patientUntil = clock.monotonicMs() + PATIENCE_MS;
    let died: Fault | undefined;
    this.#deciding.set(vnf, (fault) => (died = fault));
    const attempt = async (): Promise<void> => {
      if (this.#closed) return;
      try {
        const used = await protection.wasUsed(clock.monotonicMs() < patientUntil);
        if (used === undefined && died === undefined) await steering.settle(vnf, host, parts);
        this.#deciding.delete(vnf);
        if (used !== undefined) this.#begin(interrupted(vnf, used), protection);
        else if (died !== undefined) this.#begin(died, protection);
        else vnfs.takeBack(vnf);
      } catch {
        // Asked again: an agent or the switch is not (yet) there.
        clock.after(DECIDE_MS, () => void attempt());
      }
    };
    void attempt();
  }

  #find(id: string): Recovery {
    const found = this.#recoveries.get(id);
    if (found !== undefined) return found;
    throw new FerryError('RECOVERY_UNKNOWN', `there is no recovery ${id}`, 'id');
  }

  async #forgetOldest(): Promise<void> {
    const ended = [...this.#recoveries.values()].filter(({ record }) => record.endedAt !== null);
    const forgotten = ended.slice(0, Math.max(0, ended.length - MAX_ENDED));
    if (forgotten.length === 0) return;
    const ids = forgotten.map(({ record }) => record.id);
    for (const id of ids) this.#recoveries.delete(id);
    const writes = ids.map((id) => [`${JOURNAL_PREFIX}${id}`, null] as const);
    // What stays on disk is forgotten next time.
    await this.#ports.store.write(writes).catch(() => undefined);
  }
}

function interrupted(vnf: string, serving: Place): Fault {
  return {
    ...{ vnf, serving, type: 'interrupted', detectedBy: 'controller' },
    cause: 'a takeover had begun when the controller was restarted',
    ...{ provenDead: false, silentMs: null },
  };
}
