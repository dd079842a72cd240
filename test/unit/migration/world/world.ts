/** A lab in memory: two hosts, a switch, a disk, and controllers that come and go; faults at any point. */
import type { MigrationResource } from '../../../../sdn-app/contract/rest.js';
import type { Topology } from '../../../../sdn-app/contract/topology.js';
import { topology as labTopology } from '../../steering/lab-network.js';
import { FakeClock } from './fake-clock.js';
import { FakeController } from './fake-controller.js';
import { FakeDisk } from './fake-disk.js';
import { FakeHost } from './fake-host.js';
import type { FakeInstance } from './fake-instance.js';
import { FakeSwitch, PORTS_OF_HOST } from './fake-switch.js';

const VNF = 'nat1';
const LIMIT_MS = 120_000;

export class World {
  readonly clock = new FakeClock();
  readonly disk = new FakeDisk();
  readonly hosts: ReadonlyMap<string, FakeHost>;
  readonly switch: FakeSwitch;
  /** Every point that was reached, in order. */
  readonly points: string[] = [];
  readonly #strikes = new Map<string, () => void>();
  #controller: FakeController | undefined;
  #switchOpen = { open: false };

  readonly #topology: Topology;

  constructor(topology: Topology = labTopology) {
    this.#topology = topology;
    const world = {
      clock: this.clock,
      byToken: (token: string) =>
        this.#instances().find(
          (each) => each.listening === token || each.replicas.listening === token,
        ),
      point: (name: string) => this.#reach(name),
    };
    const tell = (event: Parameters<FakeController['hear']>[0]) => this.#controller?.hear(event);
    this.hosts = new Map(
      Object.keys(PORTS_OF_HOST).map((name) => [name, new FakeHost(name, world, tell)]),
    );
    this.switch = new FakeSwitch(
      this.clock,
      (name) => this.#reach(name),
      (port, frame) => this.#deliver(port, frame),
    );
  }

  get controller(): FakeController {
    if (this.#controller === undefined) throw new Error('no controller runs');
    return this.#controller;
  }

  /** A world in which nat1 serves on host1. */
  static async serving(topology?: Topology): Promise<World> {
    const world = new World(topology);
    await world.startController();
    await world.clock.until(() => world.controller.vnfs.get(VNF)?.state === 'serving', 10_000);
    for (const host of world.hosts.values()) host.firstLineage = 'empty';
    world.points.length = 0;
    return world;
  }

  /** Agents and switch find it one after the other. */
  async startController(): Promise<void> {
    const point = (name: string) => this.#reach(name);
    const started = FakeController.start(this.clock, this.disk, this.hosts, point, this.#topology);
    this.#controller = await this.clock.settled(started);
    this.clock.after(50, () => this.hosts.get('host1')?.link());
    this.clock.after(120, () => this.hosts.get('host2')?.link());
    this.clock.after(200, () => this.openSwitch());
  }

  /** `fault` strikes the first time that `point` is reached from now on. */
  strike(point: string, fault: () => void): void {
    this.#strikes.set(point, fault);
  }

  migrate(to = 'host2', strategy = 'statelet'): Promise<MigrationResource> {
    const request = { vnf: VNF, to, strategy };
    return this.clock.settled(this.controller.coordinator.migrate(request));
  }

  /** Until every migration has ended and everything that was set off by faults is over. */
  async calm(): Promise<void> {
    await this.clock.until(() => this.#isCalm(), LIMIT_MS);
    await this.clock.run(6000);
    await this.clock.until(() => this.#isCalm(), LIMIT_MS);
    await this.clock.run(100);
  }

  instanceOn(host: string): FakeInstance | undefined {
    return [...(this.hosts.get(host)?.instances.values() ?? [])].at(-1);
  }

  crash(host: string, id: string | undefined): void {
    if (id !== undefined) this.hosts.get(host)?.crash(id);
  }

  /** `forgetting`: a killed agent does not remember the events that it has not told. */
  loseAgent(host: string, forMs: number, forgetting = false): void {
    this.hosts.get(host)?.unlink('killed by the test', forgetting);
    this.clock.after(forMs, () => {
      if (this.#controller?.alive === true) this.hosts.get(host)?.link();
    });
  }

  /** The host and everything on it is gone, and nobody tells. */
  reboot(host: string): void {
    this.hosts.get(host)?.forget();
    this.loseAgent(host, 500, true);
  }

  loseSwitch(forMs: number): void {
    this.#switchOpen.open = false;
    this.#controller?.detach();
    this.clock.after(forMs, () => this.openSwitch());
  }

  openSwitch(): void {
    if (this.#controller?.alive !== true || this.#switchOpen.open) return;
    const session = { open: true };
    this.#switchOpen = session;
    const controller = this.#controller;
    controller.attach(this.switch.session(() => session.open && controller.alive));
  }

  killController(forMs: number): void {
    if (this.#controller?.alive !== true) return;
    this.#controller.kill();
    this.#switchOpen.open = false;
    this.clock.after(forMs, () => void this.startController());
  }

  fillDisk(forMs: number): void {
    this.disk.full = true;
    this.clock.after(forMs, () => (this.disk.full = false));
  }

  /** What is wrong with the world at rest: empty when all is well. */
  faults(): string[] {
    const [active, ...others] = this.switch.activeHosts();
    const found: string[] = [];
    if (active === undefined || others.length > 0) return ['not exactly one host receives'];
    const speakers = this.switch.speakers().join();
    if (speakers !== active) found.push(`${speakers} may speak, ${active} receives`);
    const vnf = this.controller.vnfs.get(VNF);
    if (vnf?.host !== active)
      found.push(`${active} receives, the VNF is shown on ${vnf?.host ?? ''}`);
    if (vnf?.state !== 'serving') found.push(`the VNF is ${vnf?.state ?? 'unknown'}`);
    const serving = this.hosts.get(active)?.instances.get(vnf?.instance ?? '');
    if (serving?.alive !== true) found.push(`no instance ${vnf?.instance ?? ''} runs on ${active}`);
    else if (serving.frozen) found.push('the instance is frozen');
    else if (serving.mode !== 'serving') found.push(`the instance is in mode ${serving.mode}`);
    const running = this.#instances().filter(({ alive }) => alive).length;
    // A protected VNF has its standby.
    if (running !== (this.#isProtected ? 2 : 1)) found.push(`${running} instances run`);
    const placed = JSON.stringify(this.disk.values.get(`placement/${VNF}`));
    const wanted = JSON.stringify({ host: active, instance: vnf?.instance });
    if (placed !== wanted) found.push(`placed as ${placed}, serving as ${wanted}`);
    return found;
  }

  lineage(): string | undefined {
    const vnf = this.controller.vnfs.get(VNF);
    return this.hosts.get(vnf?.host ?? '')?.instances.get(vnf?.instance ?? '')?.lineage;
  }

  #isCalm(): boolean {
    const controller = this.#controller;
    return (
      controller?.alive === true &&
      this.#switchOpen.open &&
      [...this.hosts.values()].every(({ linked }) => linked) &&
      controller.coordinator.list().every(({ endedAt }) => endedAt !== null) &&
      controller.vnfs.get(VNF)?.state === 'serving' &&
      (!this.#isProtected || controller.recoveries.redundancy(VNF)?.state === 'ready')
    );
  }

  get #isProtected(): boolean {
    return this.#topology.vnfs[VNF]?.recovery !== undefined;
  }

  #instances(): FakeInstance[] {
    return [...this.hosts.values()].flatMap((host) => [...host.instances.values()]);
  }

  #deliver(port: number, frame: Buffer): void {
    for (const [name, ports] of Object.entries(PORTS_OF_HOST)) {
      if (port !== ports.inside && port !== ports.outside) continue;
      for (const instance of this.hosts.get(name)?.instances.values() ?? []) {
        instance.receive(frame);
      }
    }
  }

  #reach(name: string): void {
    this.points.push(name);
    const strike = this.#strikes.get(name);
    this.#strikes.delete(name);
    strike?.();
  }
}
