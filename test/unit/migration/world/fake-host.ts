/** A host with its agent: starts, watches and restarts instances, whether a controller listens or not. */
import { FerryError } from '../../../../sdn-app/contract/errors.js';
import type { InstanceEvent, InstanceSpec } from '../../../../sdn-app/contract/instance.js';
import type { HostEvent, KnownInstance } from '../../../../sdn-app/hosts/port.js';
import { FakeInstance, type InstanceWorld, type Lineage } from './fake-instance.js';

const RESTART_MS = 100;

export class FakeHost {
  readonly name: string;
  readonly instances = new Map<string, FakeInstance>();
  /** Of checkpoints, by their id: what state is in them. */
  readonly images = new Map<string, Lineage>();
  /** Lineage that an instance gets when it is started as the serving one. */
  firstLineage: Lineage = 'whole';
  /** The agent runs and reaches the controller. */
  linked = false;
  /** Cut off: its link stays up, and nothing comes. Clock time since when. */
  silentSince: number | undefined;
  readonly #world: InstanceWorld;
  readonly #tell: (event: HostEvent) => void;
  readonly #missed: HostEvent[] = [];
  /** Away and without memory: what instances tell now is lost; what has ended shows all the same. */
  #forgetting = false;
  #nextPid = 100;

  constructor(name: string, world: InstanceWorld, tell: (event: HostEvent) => void) {
    this.name = name;
    this.#world = world;
    this.#tell = tell;
  }

  start(spec: InstanceSpec): void {
    const lineage = spec.role === 'serving' ? this.firstLineage : 'empty';
    if (spec.role === 'serving') this.firstLineage = 'empty';
    this.#spawn(spec, lineage);
  }

  /** Brings back an instance from the image of another one. */
  restore(spec: InstanceSpec, image: string): void {
    const lineage = this.images.get(image);
    if (lineage === undefined) throw new FerryError('CHECKPOINT_UNKNOWN', `no image ${image}`);
    this.#spawn(spec, lineage);
  }

  stop(id: string): void {
    const instance = this.instances.get(id);
    this.instances.delete(id);
    instance?.die();
  }

  known(): Map<string, KnownInstance> {
    return new Map(
      [...this.instances].map(([id, each]) => [
        id,
        {
          ...{ id, vnf: each.spec.vnf, pid: each.pid, running: each.alive },
          stats: each.frozen ? undefined : each.stats(),
        },
      ]),
    );
  }

  /** The process ends by itself: the agent sees it at once and starts a serving one again, empty. */
  crash(id: string): void {
    const instance = this.instances.get(id);
    if (instance?.alive !== true) return;
    const restarting = instance.role === 'serving';
    instance.die();
    if (!restarting) this.instances.delete(id);
    this.#happened({
      ...{ type: 'instanceExited', host: this.name, instance: id },
      ...{ reason: 'killed by the test', restarting },
    });
    if (!restarting) return;
    this.#world.clock.after(RESTART_MS, () => {
      if (this.instances.get(id) !== instance) return;
      this.#spawn({ ...instance.spec, role: 'serving' }, 'empty');
      this.#happened({ type: 'instanceRestarted', host: this.name, instance: id });
    });
  }

  forget(): void {
    for (const instance of this.instances.values()) instance.die();
    this.instances.clear();
  }

  link(): void {
    if (this.linked) return;
    this.linked = true;
    this.#tell({ type: 'connected', host: this.name });
    for (const event of this.#missed.splice(0)) this.#tell(event);
  }

  unlink(reason: string, forgetting = false): void {
    if (!this.linked) return;
    this.linked = false;
    this.silentSince = undefined;
    this.#forgetting = forgetting;
    this.#tell({ type: 'disconnected', host: this.name, reason });
  }

  #spawn(spec: InstanceSpec, lineage: Lineage): void {
    const { id } = spec;
    this.#nextPid += 1;
    const emit = (event: InstanceEvent) => {
      this.#happened({ type: 'instanceEvent', host: this.name, instance: id, event });
    };
    this.instances.set(id, new FakeInstance(spec, this.#nextPid, this.#world, emit, lineage));
  }

  #happened(event: HostEvent): void {
    if (this.linked) this.#tell(event);
    else if (!this.#forgetting || event.type !== 'instanceEvent') this.#missed.push(event);
  }
}
