/** `ferry restore`: a VNF back to one of its checkpoints, where it is or on another host. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { FerryError } from '../contract/errors.js';
import { canHaveVnf } from '../contract/resolve.js';
import type { CheckpointResource, RestoreRequest, RestoreResource } from '../contract/rest.js';
import type { Topology } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import type { ProtectedVnfPort } from '../vnfs/port.js';
import { bringBack, type BringBackPorts } from './bring-back.js';
import type { CheckpointService } from './service.js';

export interface RestorerDeps extends BringBackPorts {
  topology: Topology;
  checkpoints: Pick<CheckpointService, 'list' | 'provide'>;
  vnfs: ProtectedVnfPort;
  /** Ends the VNF's standby, that nobody else has its name, nor its state of now. */
  setAside: (vnf: string) => Promise<void>;
  events: EventLog;
  clock: Clock;
}

export class Restorer {
  readonly #deps: RestorerDeps;

  constructor(deps: RestorerDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves when it serves again. Rejects with VNF_UNKNOWN, VNF_BUSY, HOST_UNKNOWN,
   * HOST_NOT_SUITABLE, HOST_NOT_CONNECTED or CHECKPOINT_UNKNOWN before anything has changed; with the
   * agent's own code afterwards, and then the VNF starts again empty where it was.
   */
  async restore(vnf: string, request: RestoreRequest): Promise<RestoreResource> {
    const { vnfs, events, clock, steering } = this.#deps;
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
    const chosen = await this.#choose(vnf, request.checkpoint);
    await this.#deps.checkpoints.provide(chosen, to);
    if (vnfs.isHanded(vnf)) throw new FerryError('VNF_BUSY', `${vnf} is ${serving.state}`, 'name');
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

  async #choose(vnf: string, id: string | undefined): Promise<CheckpointResource> {
    const found = await this.#deps.checkpoints.list(vnf);
    const chosen = found.find((each) => id === undefined || each.id === id);
    if (chosen !== undefined) return chosen;
    const message = `no connected host keeps a checkpoint ${id ?? ''} of ${vnf}`;
    throw new FerryError('CHECKPOINT_UNKNOWN', message, 'checkpoint');
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
