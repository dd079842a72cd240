/**
 * Sees to it that each VNF's serving instance runs and that traffic is steered to it, as long as no
 * migration has the VNF in hand. What runs is adopted, never restarted; what nobody knows is stopped.
 */
import type { Clock } from '../clock.js';
import { FerryError, messageOf } from '../contract/errors.js';
import type { EventLog } from '../events.js';
import type { HostEvent, HostPort } from '../hosts/port.js';
import type { SteeringPort } from './steering-port.js';
import { forget } from './forget.js';
import type { VnfTable } from './vnf-table.js';

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

export class Placement {
  readonly #table: VnfTable;
  readonly #hosts: HostPort;
  readonly #steering: SteeringPort;
  readonly #events: EventLog;
  readonly #clock: Clock;
  readonly #unsubscribe: (() => void)[];
  /** VNFs being looked at; true when something happened meanwhile. */
  readonly #busy = new Map<string, boolean>();
  readonly #retries = new Map<string, { delayMs: number; cancel: () => void }>();
  /** Instances whose agent has just connected: they may still be in an old migration's state. */
  readonly #unadopted = new Set<string>();

  constructor(
    table: VnfTable,
    hosts: HostPort,
    steering: SteeringPort,
    events: EventLog,
    clock: Clock,
  ) {
    this.#table = table;
    this.#hosts = hosts;
    this.#steering = steering;
    this.#events = events;
    this.#clock = clock;
    for (const vnf of table.names) {
      const placed = table.get(vnf);
      if (placed === undefined) continue;
      const { host, parts } = placed;
      steering.expect(vnf, { form: 'serving', host, parts });
    }
    this.#unsubscribe = [
      hosts.subscribe((event) => this.#hear(event)),
      steering.subscribe(() => this.#lookAtAll()),
      table.onTakenBack((vnf) => {
        this.#sweep();
        this.#showRunning(vnf);
        this.#look(vnf);
      }),
    ];
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const { cancel } of this.#retries.values()) cancel();
  }

  #hear(event: HostEvent): void {
    const { host } = event;
    switch (event.type) {
      case 'connected':
        this.#events.publish('host.connected', host);
        for (const vnf of this.#table.names) {
          for (const each of this.#table.instancesOf(vnf)) {
            if (each.host === host) this.#unadopted.add(each.instance);
          }
        }
        this.#sweep();
        this.#lookAtAll();
        return;
      case 'disconnected':
        this.#events.publish('host.disconnected', host, { reason: event.reason });
        return;
      case 'instanceExited': {
        const { instance, reason, restarting } = event;
        this.#events.publish('instance.exited', instance, { host, reason, restarting });
        const vnf = this.#ours(host, instance);
        if (vnf === undefined) return;
        this.#table.setState(vnf, 'down', reason);
        if (!restarting) this.#lookLater(vnf);
        return;
      }
      case 'instanceDying':
        return;
      case 'instanceRestarted': {
        this.#events.publish('instance.restarted', event.instance, { host });
        // Its agent was away when it was replaced, and had no process of it to tell of in its hello.
        if (!this.#table.owns(host, event.instance)) this.#stopOrphan(host, event.instance);
        const vnf = this.#ours(host, event.instance);
        if (vnf === undefined) return;
        this.#tellStateLost(vnf, 'its instance was restarted empty');
        this.#look(vnf);
        return;
      }
      case 'instanceEvent':
        if (event.event.type === 'error') {
          const { code, message } = event.event;
          this.#events.publish('instance.error', event.instance, { host, code, message });
        }
    }
  }

  /** The VNF of a placed instance that no migration has in hand. */
  #ours(host: string, instance: string): string | undefined {
    const vnf = this.#table.placedAs(host, instance);
    return vnf === undefined || this.#table.isHanded(vnf) ? undefined : vnf;
  }

  #lookAtAll(): void {
    for (const vnf of this.#table.names) this.#look(vnf);
  }

  /** One look at a time for each VNF; what happens meanwhile makes another one. */
  #look(vnf: string): void {
    if (this.#busy.has(vnf)) {
      this.#busy.set(vnf, true);
      return;
    }
    this.#busy.set(vnf, false);
    void this.#reconcile(vnf)
      .catch((error: unknown) => {
        const reason = messageOf(error);
        this.#events.publish('vnf.unreachable', vnf, { reason });
        this.#lookLater(vnf);
      })
      .then(() => {
        const again = this.#busy.get(vnf) === true;
        this.#busy.delete(vnf);
        if (again) this.#look(vnf);
      });
  }

  async #reconcile(vnf: string): Promise<void> {
    for (const { host, instance } of this.#table.instancesOf(vnf)) {
      if (!(await this.#bring(vnf, host, instance))) return;
    }
    this.#forgetRetry(vnf);
    if (!this.#table.isHanded(vnf)) this.#showRunning(vnf);
  }

  /** Sees to it that one of the VNF's instances serves; false when that is not (yet) so. */
  async #bring(vnf: string, host: string, instance: string): Promise<boolean> {
    const placed = this.#table.get(vnf);
    if (placed === undefined || this.#table.isHanded(vnf)) return false;
    const known = this.#hosts.instances(host)?.get(instance);
    if (!this.#hosts.connected(host) || known?.running === false) return false;
    if (known === undefined) {
      const served = placed.state === 'serving' || placed.state === 'down';
      if (!(await this.#startInstance(vnf, host, instance))) return false;
      if (served) this.#tellStateLost(vnf, 'its agent did not know the instance any more');
    } else if (this.#unadopted.has(instance)) {
      await this.#adopt(vnf, host, instance);
    }
    this.#unadopted.delete(instance);
    return true;
  }

  #showRunning(vnf: string): void {
    const placed = this.#table.get(vnf);
    if (placed === undefined) return;
    const { state } = placed;
    const isDown = this.#table.instancesOf(vnf).some(({ host, instance }) => {
      const known = this.#hosts.instances(host)?.get(instance);
      return known?.running === false || (known === undefined && this.#hosts.connected(host));
    });
    if (isDown) {
      this.#table.setState(vnf, 'down', 'its instance does not run');
    } else if (
      this.#steering.installed(vnf) ||
      ['serving', 'migrating', 'recovering'].includes(state)
    ) {
      // Flows stay in a switch that is away, and instances run on under an agent that is.
      this.#table.setState(vnf, 'serving');
    } else {
      const reason = `waiting for switch ${this.#steering.switchesOf(vnf).join(' and ')}`;
      this.#table.setState(vnf, 'starting', reason);
    }
  }

  async #startInstance(vnf: string, host: string, instance: string): Promise<boolean> {
    this.#table.setState(vnf, 'starting');
    try {
      await this.#hosts.startInstance(host, this.#table.spec(vnf, host, instance, 'serving'));
      return true;
    } catch (error) {
      const reason = messageOf(error);
      this.#table.setState(vnf, 'down', reason);
      this.#lookLater(vnf);
      return false;
    }
  }

  /** A migration may have ended while this agent was away: the placed instance serves, whatever it was. */
  async #adopt(vnf: string, host: string, instance: string): Promise<void> {
    const { mode, sync } = await this.#hosts.stats(host, instance);
    // It may be in the session of its standby, for whose keeper that is.
    if (mode === 'serving' && sync.phase === 'ended') return this.#endPart(vnf, host, instance);
    if (mode === 'serving' && this.#table.isProtected(vnf)) return;
    const method =
      mode === 'closed' ? 'resume' : mode === 'hold' || mode === 'standby' ? 'takeover' : 'abort';
    try {
      await this.#hosts.call(host, instance, { method });
    } catch (error) {
      if (!(error instanceof FerryError) || error.code !== 'INSTANCE_STATE') throw error;
    }
  }

  /** It has given a part away and was not told how that ended: what others do, it forgets. */
  async #endPart(vnf: string, host: string, instance: string): Promise<void> {
    const parts = this.#table.get(vnf)?.parts.filter((each) => each.instance !== instance) ?? [];
    if (parts.length === 0) await this.#hosts.call(host, instance, { method: 'resume' });
    for (const part of parts) {
      const { flows } = this.#table.partOf(vnf, part.flows);
      await forget(this.#hosts, this.#clock, { host, instance, flows });
    }
  }

  #sweep(): void {
    for (const host of this.#table.hosts) {
      for (const instance of this.#hosts.instances(host)?.keys() ?? []) {
        if (!this.#table.owns(host, instance)) this.#stopOrphan(host, instance);
      }
    }
  }

  #stopOrphan(host: string, instance: string): void {
    this.#hosts.stopInstance(host, instance).then(
      () => this.#events.publish('instance.orphanStopped', instance, { host }),
      (error: unknown) => {
        const reason = messageOf(error);
        this.#events.publish('instance.orphan', instance, { host, reason });
      },
    );
  }

  #tellStateLost(vnf: string, reason: string): void {
    this.#events.publish('vnf.stateLost', vnf, { reason });
  }

  #lookLater(vnf: string): void {
    const before = this.#retries.get(vnf);
    before?.cancel();
    const delayMs = Math.min(
      LAST_RETRY_MS,
      before === undefined ? FIRST_RETRY_MS : before.delayMs * 2,
    );
    this.#retries.set(vnf, { delayMs, cancel: this.#clock.after(delayMs, () => this.#look(vnf)) });
  }

  #forgetRetry(vnf: string): void {
    this.#retries.get(vnf)?.cancel();
    this.#retries.delete(vnf);
  }
}
