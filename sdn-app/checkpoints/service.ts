/**
 * Checkpoints of VNFs: on demand and on the schedule of the topology, each copied to another host, so
 * that the loss of a host loses none.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { DEFAULT_KEEP, type CheckpointInfo } from '../contract/checkpoint.js';
import { FerryError, toFerryError, messageOf } from '../contract/errors.js';
import { canHaveVnf, migrationAddress } from '../contract/resolve.js';
import type { CheckpointResource } from '../contract/rest.js';
import type { Topology } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import type { CheckpointPort } from '../hosts/port.js';
import type { VnfTable } from '../vnfs/vnf-table.js';

export interface CheckpointDeps {
  topology: Topology;
  hosts: Omit<CheckpointPort, 'restore' | 'verifyCheckpoint'>;
  vnfs: Pick<VnfTable, 'names' | 'status' | 'hosts'>;
  /** The VNF's hot standby, while it has every change. */
  standbyOf: (vnf: string) => { host: string; instance: string } | undefined;
  events: EventLog;
  clock: Clock;
}

export class CheckpointService {
  readonly #deps: CheckpointDeps;
  readonly #busy = new Set<string>();
  /** On their way, by checkpoint and destination. */
  readonly #sends = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, () => void>();
  #unsubscribe: () => void = () => undefined;

  constructor(deps: CheckpointDeps) {
    this.#deps = deps;
  }

  /** Begins the schedules of the topology. */
  start(): void {
    for (const vnf of this.#deps.vnfs.names) this.#schedule(vnf);
    this.#unsubscribe = this.#deps.events.subscribe(({ type }) => {
      if (type === 'host.connected') void this.#copyLone();
    });
  }

  close(): void {
    this.#unsubscribe();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /**
   * Takes a checkpoint of the VNF's hot standby, or of the serving instance when there is none that is
   * ready, and copies it to another host that could serve the VNF; without such a host, or when the
   * copy fails, an event says so, and when none can be taken. Rejects with VNF_UNKNOWN,
   * VNF_NOT_SERVING, VNF_BUSY, HOST_NOT_CONNECTED or the agent's own code.
   */
  async take(vnf: string): Promise<CheckpointResource> {
    const { hosts, vnfs, events, standbyOf } = this.#deps;
    const { state, ...serving } = vnfs.status(vnf);
    const { host, instance } = standbyOf(vnf) ?? serving;
    if (state !== 'serving' || instance === null) {
      throw new FerryError('VNF_NOT_SERVING', `${vnf} is ${state}`, 'vnf');
    }
    if (this.#busy.has(vnf)) {
      throw new FerryError('VNF_BUSY', `a checkpoint of ${vnf} is being taken`, 'vnf');
    }
    this.#busy.add(vnf);
    try {
      const info = await hosts
        .checkpoint(host, instance, this.#keep(vnf))
        .catch((error: unknown) => {
          const { code, message } = toFerryError(error);
          events.publish('checkpoint.failed', vnf, { code, reason: message });
          throw error;
        });
      const { id, role, frozenMs, dumpMs, rawBytes, storedBytes } = info;
      const resource = toResource(info, host);
      const { servingFrozenMs } = resource;
      const figures = { role, servingFrozenMs, frozenMs, dumpMs, rawBytes, storedBytes };
      events.publish('checkpoint.taken', vnf, { id, host, ...figures });
      resource.hosts.push(...(await this.#copy(info)));
      return resource;
    } finally {
      this.#busy.delete(vnf);
    }
  }

  /** Newest first, on the hosts that answer. Rejects with VNF_UNKNOWN. */
  async list(vnf: string): Promise<CheckpointResource[]> {
    const { hosts, vnfs } = this.#deps;
    vnfs.status(vnf);
    const found = new Map<string, CheckpointResource>();
    const there = vnfs.hosts.filter((each) => hosts.connected(each));
    // One that hangs, or goes just now, must not hide what the others have.
    const lists = there.map(async (host) => [host, await hosts.checkpoints(host)] as const);
    for (const listed of await Promise.allSettled(lists)) {
      if (listed.status === 'rejected') continue;
      const [host, infos] = listed.value;
      for (const info of infos) {
        if (info.vnf !== vnf) continue;
        const known = found.get(info.id);
        if (known === undefined) found.set(info.id, toResource(info, host));
        else known.hosts.push(host);
      }
    }
    return [...found.values()].sort((a, b) => b.takenAt.localeCompare(a.takenAt));
  }

  /** Resolves once `host` has it; rejects with CHECKPOINT_UNKNOWN or CHECKPOINT_FAILED. */
  async provide(info: CheckpointResource, host: string): Promise<void> {
    if (info.hosts.includes(host)) return;
    const from = info.hosts.find((each) => this.#deps.hosts.connected(each));
    if (from === undefined) {
      const message = `no connected host keeps checkpoint ${info.id} any more`;
      throw new FerryError('CHECKPOINT_UNKNOWN', message, 'checkpoint');
    }
    await this.#send(info, from, host);
  }

  /** A host has come (back): the newest of each VNF that only one host has goes to another one. */
  async #copyLone(): Promise<void> {
    for (const vnf of this.#deps.vnfs.names) {
      if (this.#busy.has(vnf)) continue;
      const [newest] = await this.list(vnf);
      const [host, ...others] = newest?.hosts ?? [];
      if (newest === undefined || host === undefined || others.length > 0) continue;
      if (this.#otherHost(vnf, host) !== undefined) await this.#copy({ ...newest, host });
    }
  }

  /** Answers the host that has it now too, if one does. `host` has it. */
  async #copy(info: Pick<CheckpointInfo, 'id' | 'vnf' | 'host'>): Promise<string[]> {
    const { events } = this.#deps;
    const { id, vnf, host } = info;
    const to = this.#otherHost(vnf, host);
    try {
      if (to === undefined) throw new Error('no other host that could serve it is connected');
      await this.#send(info, host, to);
      events.publish('checkpoint.copied', vnf, { id, host: to });
      return [to];
    } catch (error) {
      const reason = messageOf(error);
      events.publish('checkpoint.notCopied', vnf, { id, reason });
      return [];
    }
  }

  /** Whoever else wants it there meanwhile waits for the same one. */
  #send(info: Pick<CheckpointInfo, 'id' | 'vnf'>, from: string, to: string): Promise<void> {
    const key = `${info.id} ${to}`;
    const sent =
      this.#sends.get(key) ??
      this.#transfer(info, from, to).finally(() => {
        this.#sends.delete(key);
      });
    this.#sends.set(key, sent);
    return sent;
  }

  async #transfer(
    { id, vnf }: Pick<CheckpointInfo, 'id' | 'vnf'>,
    from: string,
    to: string,
  ): Promise<void> {
    const { topology, hosts } = this.#deps;
    const token = randomBytes(16).toString('hex');
    const address = migrationAddress(topology, to);
    const port = await hosts.receiveCheckpoint(to, address, token, this.#keep(vnf));
    await hosts.sendCheckpoint(from, { checkpoint: id, address, port, token });
  }

  #otherHost(vnf: string, host: string): string | undefined {
    const { topology, hosts, vnfs } = this.#deps;
    const spec = topology.vnfs[vnf];
    if (spec === undefined) return undefined;
    const others = vnfs.hosts.filter(
      (other) => other !== host && hosts.connected(other) && canHaveVnf(topology, other, spec),
    );
    const { recovery } = spec;
    const preferred =
      recovery !== undefined && 'standby' in recovery ? recovery.standby : undefined;
    return others.find((other) => other === preferred) ?? others[0];
  }

  #keep(vnf: string): number {
    return this.#deps.topology.vnfs[vnf]?.checkpoint?.keep ?? DEFAULT_KEEP;
  }

  #schedule(vnf: string): void {
    const everyMs = this.#deps.topology.vnfs[vnf]?.checkpoint?.everyMs;
    if (everyMs === undefined) return;
    const cancel = this.#deps.clock.after(everyMs, () => {
      void this.#takeOnSchedule(vnf).then(() => {
        if (this.#timers.has(vnf)) this.#schedule(vnf);
      });
    });
    this.#timers.set(vnf, cancel);
  }

  async #takeOnSchedule(vnf: string): Promise<void> {
    // Not while it moves or starts: the next turn comes.
    if (this.#deps.vnfs.status(vnf).state !== 'serving') return;
    // What went wrong has been told.
    await this.take(vnf).catch(() => undefined);
  }
}

function toResource(info: CheckpointInfo, host: string): CheckpointResource {
  return { ...info, hosts: [host], servingFrozenMs: info.role === 'standby' ? 0 : info.frozenMs };
}
