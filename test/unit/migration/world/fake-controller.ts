/** One life of the controller: the real parts on fake hosts, a fake switch and a fake disk. */
import { EventLog } from '../../../../sdn-app/events.js';
import { FerryError } from '../../../../sdn-app/contract/errors.js';
import type { Topology } from '../../../../sdn-app/contract/topology.js';
import type { CheckpointInfo } from '../../../../sdn-app/contract/checkpoint.js';
import type { FerryEvent } from '../../../../sdn-app/contract/rest.js';
import type { HostEvent, HostPort, ImagePort } from '../../../../sdn-app/hosts/port.js';
import { Listeners } from '../../../../sdn-app/listeners.js';
import { Coordinator } from '../../../../sdn-app/migration/coordinator.js';
import { FaultManager } from '../../../../sdn-app/recovery/manager.js';
import { Placement } from '../../../../sdn-app/vnfs/placement.js';
import { SteeringService } from '../../../../sdn-app/vnfs/steering-service.js';
import type { SteeredSwitch } from '../../../../sdn-app/vnfs/steered-switch.js';
import { VnfTable } from '../../../../sdn-app/vnfs/vnf-table.js';
import { mortalClock, type FakeClock } from './fake-clock.js';
import type { FakeDisk } from './fake-disk.js';
import type { FakeHost } from './fake-host.js';

const REPLY_MS = 2;
const START_MS = 20;
const DUMP_MS = 100;
const IMAGE: CheckpointInfo = {
  ...{ id: 'c-0000000a', vnf: 'nat1', instance: 'nat1.00000000', host: '', role: 'serving' },
  ...{ takenAt: '2026-01-02T03:04:05.000Z', frozenMs: 50, dumpMs: 90 },
  ...{ rawBytes: 30_000, storedBytes: 10_000 },
};

export class FakeController {
  alive = true;
  readonly events: EventLog;
  readonly history: FerryEvent[] = [];
  readonly vnfs: VnfTable;
  readonly coordinator: Coordinator;
  readonly recoveries: FaultManager;
  readonly steering: SteeringService;
  readonly #hosts: ReadonlyMap<string, FakeHost>;
  readonly #hostEvents: Listeners<HostEvent>;
  #session: SteeredSwitch | undefined;

  private constructor(
    parts: Pick<FakeController, 'events' | 'vnfs' | 'coordinator' | 'recoveries' | 'steering'>,
    hosts: ReadonlyMap<string, FakeHost>,
    hostEvents: Listeners<HostEvent>,
  ) {
    this.events = parts.events;
    this.vnfs = parts.vnfs;
    this.coordinator = parts.coordinator;
    this.recoveries = parts.recoveries;
    this.steering = parts.steering;
    this.#hosts = hosts;
    this.#hostEvents = hostEvents;
    this.events.subscribe((event) => this.history.push(event));
  }

  static async start(
    fakeClock: FakeClock,
    disk: FakeDisk,
    fakeHosts: ReadonlyMap<string, FakeHost>,
    point: (name: string) => void,
    topology: Topology,
  ): Promise<FakeController> {
    const life = { alive: () => true };
    const clock = mortalClock(fakeClock, () => life.alive());
    const events = new EventLog(clock);
    const hostEvents = new Listeners<HostEvent>();
    const hosts = hostPort(fakeClock, fakeHosts, hostEvents, () => life.alive(), point);
    const store = disk.store(fakeClock, () => life.alive());
    const steering = new SteeringService(topology, clock, events);
    const vnfs = await VnfTable.load(topology, store, events);
    const ports = { topology, hosts, steering, vnfs, store, events, clock };
    const recoveries: FaultManager = new FaultManager({
      ...ports,
      migrations: {
        migrate: (request) => coordinator.migrate(request),
        get: (id) => coordinator.get(id),
      },
      hosts: Object.assign(
        { ...hosts },
        {
          ...{ restore: noCheckpoint, readyCheckpoint: noCheckpoint, dropReady: noCheckpoint },
        },
      ),
      checkpoints: { take: noCheckpoint, list: () => Promise.resolve([]), provide: noCheckpoint },
    });
    new Placement(vnfs, hosts, steering, events, clock);
    const coordinator: Coordinator = new Coordinator({
      ...ports,
      images: hosts,
      setAside: (vnf) => recoveries.setAside(vnf),
    });
    const controller = new FakeController(
      { events, vnfs, coordinator, recoveries, steering },
      fakeHosts,
      hostEvents,
    );
    life.alive = () => controller.alive;
    coordinator.start();
    recoveries.start();
    return controller;
  }

  /** kill -9: whatever was under way stays as it is, nothing is heard or told any more. */
  kill(): void {
    this.alive = false;
    for (const host of this.#hosts.values()) host.linked = false;
  }

  hear(event: HostEvent): void {
    if (this.alive) this.#hostEvents.emit(event);
  }

  attach(session: SteeredSwitch): void {
    this.#session = session;
    this.steering.attach('s1', session);
  }

  detach(): void {
    if (!this.alive || this.#session === undefined) return;
    this.steering.detach('s1', this.#session);
    this.#session = undefined;
  }
}

/** What these worlds run keeps statelets, not images. */
const noCheckpoint = (): Promise<never> =>
  Promise.reject(new FerryError('CHECKPOINT_UNKNOWN', 'there is no checkpoint'));

function hostPort(
  clock: FakeClock,
  hosts: ReadonlyMap<string, FakeHost>,
  events: Listeners<HostEvent>,
  alive: () => boolean,
  point: (name: string) => void,
): HostPort & ImagePort {
  const linked = (name: string): FakeHost => {
    const host = hosts.get(name);
    if (host?.linked !== true || host.silentSince !== undefined || !alive()) {
      throw new FerryError('HOST_NOT_CONNECTED', `the agent of ${name} is not connected`);
    }
    return host;
  };
  /** Faults strike before the agent acts, and between its act and its answer. */
  const perform = async <T>(name: string, what: string, ms: number, act: (host: FakeHost) => T) => {
    await pause(clock, ms / 2, alive);
    point(`before ${what}`);
    const done = act(linked(name));
    point(`after ${what}`);
    await pause(clock, ms / 2, alive);
    linked(name);
    return done;
  };
  /** An agent takes requests for one instance in their order. */
  const last = new Map<string, Promise<unknown>>();
  const request = async <T>(
    name: string,
    id: string,
    what: string,
    ms: number,
    act: (host: FakeHost) => T,
  ) => {
    linked(name);
    const result = (last.get(id) ?? Promise.resolve()).then(() => perform(name, what, ms, act));
    last.set(
      id,
      result.catch(() => undefined),
    );
    return result;
  };
  const running = (host: FakeHost, id: string) => {
    const instance = host.instances.get(id);
    if (instance?.frozen === true) throw new FerryError('INSTANCE_STATE', `${id} is frozen`);
    if (instance?.alive === true) return instance;
    throw new FerryError('INSTANCE_UNKNOWN', `no instance ${id} runs on ${host.name}`);
  };
  return {
    connected: (name) => hosts.get(name)?.linked === true,
    instances: (name) => {
      const host = hosts.get(name);
      return host?.linked === true ? host.known() : undefined;
    },
    startInstance: (name, spec) => {
      return request(name, spec.id, 'startInstance', START_MS, (host) => host.start(spec));
    },
    stopInstance: (name, id) =>
      request(name, id, 'stopInstance', REPLY_MS, (host) => {
        host.stop(id);
        return { connections: [] };
      }),
    listen: (name, id, _address, token, _silenceMs, flows) => {
      return request(name, id, 'listen', REPLY_MS, (host) =>
        running(host, id).listen(token, flows),
      );
    },
    listenReplica: (name, id, _address, token, _silenceMs, parts) => {
      return request(name, id, 'listenReplica', REPLY_MS, (host) =>
        running(host, id).replicas.listen(token, parts),
      );
    },
    stats: (name, id) => request(name, id, 'stats', REPLY_MS, (host) => running(host, id).stats()),
    call: (name, id, call) => {
      return request(name, id, call.method, REPLY_MS, (host) => running(host, id).call(call));
    },
    // It asks the kernel, not the instance, which may stand still.
    examine: (name, id) =>
      perform(name, 'examine', REPLY_MS, ({ instances }) => {
        return instances.get(id)?.stopped === true ? 'T' : 'S';
      }),
    freeze: (name, id) => {
      return request(name, id, 'freeze', DUMP_MS, (host) => {
        const instance = running(host, id);
        instance.freeze();
        host.images.set(IMAGE.id, instance.lineage);
        return { ...IMAGE, instance: id, host: name };
      });
    },
    thaw: (name, id) => {
      return request(name, id, 'thaw', REPLY_MS, (host) => host.instances.get(id)?.thaw());
    },
    receiveCheckpoint: (name) => perform(name, 'receiveCheckpoint', REPLY_MS, () => 40_001),
    sendCheckpoint: (name, { checkpoint }) => {
      return perform(name, 'sendCheckpoint', DUMP_MS, (host) => {
        const lineage = host.images.get(checkpoint);
        for (const other of hosts.values()) {
          if (lineage !== undefined) other.images.set(checkpoint, lineage);
        }
      });
    },
    restore: (name, spec, image) => {
      return request(name, spec.id, 'restore', START_MS, (host) => {
        host.restore(spec, image);
        return { pid: 1, checkpoint: IMAGE, restoreMs: START_MS, loss: null };
      });
    },
    setHeartbeat: () => Promise.resolve(),
    heardAgo: (name) => {
      const host = hosts.get(name);
      if (host?.linked !== true) return Infinity;
      return host.silentSince === undefined ? 0 : clock.monotonicMs() - host.silentSince;
    },
    subscribe: (listener) => events.add(listener),
  };
}

/** Never ends for a controller that has died meanwhile. */
function pause(clock: FakeClock, ms: number, alive: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, () => {
      if (alive()) resolve();
    });
  });
}
