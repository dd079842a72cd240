/** `ferry restore`: a VNF back to one of its checkpoints, where it is or on another host. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { FerryError, toFerryError } from '../contract/errors.js';
import { canHaveVnf } from '../contract/resolve.js';
import type { CheckpointResource, RestoreRequest, RestoreResource } from '../contract/rest.js';
import type { Topology } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import type { CheckpointPort } from '../hosts/port.js';
import type { ProtectedVnfPort } from '../vnfs/port.js';
import { bringBack, type BringBackPorts } from './bring-back.js';
import type { CheckpointService } from './service.js';

export interface RestorerDeps extends BringBackPorts {
  hosts: BringBackPorts['hosts'] & Pick<CheckpointPort, 'verifyCheckpoint'>;
  topology: Topology;
  checkpoints: Pick<CheckpointService, 'list' | 'provide' | 'take'>;
  vnfs: ProtectedVnfPort;
  /** Ends the VNF's standby, that nobody else has its name, nor its state of now. */
  setAside: (vnf: string) => Promise<void>;
  events: EventLog;
  clock: Clock;
}

interface Choice {
  chosen: CheckpointResource;
  isNewest: boolean;
}

export class Restorer {
  readonly #deps: RestorerDeps;

  constructor(deps: RestorerDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves when it serves again. Rejects with VNF_UNKNOWN, VNF_BUSY, HOST_UNKNOWN,
   * HOST_NOT_SUITABLE, HOST_NOT_CONNECTED, CHECKPOINT_UNKNOWN or CHECKPOINT_CORRUPT before anything
   * has changed; with the agent's own code afterwards, and then the VNF starts again empty where it
   * was.
   */
  async restore(vnf: string, request: RestoreRequest): Promise<RestoreResource> {
    const { vnfs } = this.#deps;
    const serving = vnfs.get(vnf);
    if (serving === undefined) {
      throw new FerryError('VNF_UNKNOWN', `the topology declares no VNF ${vnf}`, 'name');
    }
    if (serving.parts.length > 0) {
      const message = `several instances do the work of ${vnf}: a checkpoint has that of one`;
      throw new FerryError('VNF_SPLIT', message, 'name');
    }
    const to = request.to ?? serving.host;
    this.#checkHost(vnf, to);
    const { chosen, isNewest } = await this.#choose(vnf, request.checkpoint, to);
    const restored = await this.#bring(vnf, chosen, to);
    // The next failure is not to bring back what has been gone back from. What goes wrong is told.
    if (!isNewest) this.#deps.checkpoints.take(vnf).catch(() => undefined);
    return restored;
  }

  async #bring(vnf: string, chosen: CheckpointResource, to: string): Promise<RestoreResource> {
    const { vnfs, events, clock, steering } = this.#deps;
    const serving = vnfs.get(vnf);
    if (serving === undefined || vnfs.isHanded(vnf)) {
      throw new FerryError('VNF_BUSY', `${vnf} is ${serving?.state ?? 'away'}`, 'name');
    }
    vnfs.handToRecovery(vnf, `r-${randomBytes(4).toString('hex')}`);
    vnfs.setState(vnf, 'recovering', `it is restored from ${chosen.id}`);
    try {
      await this.#deps.setAside(vnf);
      const began = clock.monotonicMs();
      const { checkpoint, restoreMs, loss } = await bringBack(chosen, to, this.#deps);
      const downMs = clock.monotonicMs() - began;
      const ageMs = Date.parse(clock.timestamp()) - Date.parse(checkpoint.takenAt);
      const { id, frozenMs } = checkpoint;
      events.publish('vnf.restored', vnf, {
        ...{ checkpoint: id, host: to, frozenMs, restoreMs, downMs, ageMs, loss },
      });
      const figures = { ageMs: Math.max(0, ageMs), restoreMs, downMs, loss };
      return { vnf, host: to, instance: checkpoint.instance, checkpoint, ...figures };
    } catch (error) {
      await steering.settle(vnf, serving.host).catch(() => undefined);
      throw error;
    } finally {
      vnfs.takeBack(vnf);
    }
  }

  /** The one that is named, or the newest that is whole: `to` has it, and has read it. */
  async #choose(vnf: string, id: string | undefined, to: string): Promise<Choice> {
    const found = await this.#deps.checkpoints.list(vnf);
    const message = `no host that answers keeps a checkpoint ${id ?? ''} of ${vnf}`;
    let fault: unknown = new FerryError('CHECKPOINT_UNKNOWN', message, 'checkpoint');
    for (const each of found.filter((one) => id === undefined || one.id === id)) {
      try {
        await this.#provideWhole(each, to);
        return { chosen: each, isNewest: each === found[0] };
      } catch (error) {
        const { code, message: reason } = toFerryError(error);
        this.#deps.events.publish('checkpoint.unusable', vnf, {
          id: each.id,
          host: to,
          code,
          reason,
        });
        fault = error;
      }
    }
    throw fault;
  }

  /** A file that is damaged gives way to the copy of another host. */
  async #provideWhole(chosen: CheckpointResource, to: string): Promise<void> {
    const { checkpoints, hosts } = this.#deps;
    await checkpoints.provide(chosen, to);
    try {
      await hosts.verifyCheckpoint(to, chosen.id);
    } catch (error) {
      const others = chosen.hosts.filter((host) => host !== to);
      if (others.length === 0) throw error;
      await checkpoints.provide({ ...chosen, hosts: others }, to);
    }
  }

  #checkHost(vnf: string, host: string): void {
    const { topology, hosts } = this.#deps;
    if (topology.hosts[host]?.agent !== true) {
      const message = `the topology declares no host ${host} with an agent`;
      throw new FerryError('HOST_UNKNOWN', message, 'to');
    }
    const spec = topology.vnfs[vnf];
    if (spec === undefined || !canHaveVnf(topology, host, spec)) {
      const message = `${host} has no data link to every network of ${vnf}`;
      throw new FerryError('HOST_NOT_SUITABLE', message, 'to');
    }
    if (!hosts.connected(host)) {
      throw new FerryError('HOST_NOT_CONNECTED', `the agent of ${host} is not connected`, 'to');
    }
  }
}
