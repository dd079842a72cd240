/** Every switch of the topology under one roof: the SteeringPort of placement and migrations. */
import type { Clock } from '../clock.js';
import { messageOf } from '../contract/errors.js';
import { resolveTrunks, type ResolvedLink } from '../contract/resolve.js';
import type { Topology } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import { Listeners } from '../listeners.js';
import {
  Fabric,
  instanceLinks,
  markerFrame,
  markRelayed,
  switchesOfVnf,
  vnfPorts,
  type DivertedFrame,
  type PartPlace,
} from '../steering/index.js';
import type { TakeFrame } from './frame-takers.js';
import {
  SteeringError,
  type Redirect,
  type Standby,
  type SteeringPort,
  type SteeringWish,
} from './steering-port.js';
import type { SteeredSwitch } from './steered-switch.js';
import { SwitchSteering } from './switch-steering.js';

export class SteeringService implements SteeringPort {
  readonly #topology: Topology;
  readonly #clock: Clock;
  readonly #switches = new Map<string, SwitchSteering>();
  /** The switches that steer each VNF. */
  readonly #ofVnf = new Map<string, readonly SwitchSteering[]>();
  readonly #listeners = new Listeners<string>();
  /** Ports that are down, by switch; of one that is away, as it was last known. */
  readonly #downPorts = new Map<string, ReadonlySet<string>>();
  readonly #sessions = new Map<string, SteeredSwitch>();
  #fabric: Fabric;
  #downTrunks = '';

  constructor(topology: Topology, clock: Clock, events: EventLog) {
    this.#topology = topology;
    this.#clock = clock;
    this.#fabric = new Fabric(topology);
    for (const name of Object.keys(topology.switches)) {
      const failed = (reason: string) => events.publish('steering.failed', name, { reason });
      const changed = () => this.#listeners.emit(name);
      const fabric = () => this.#fabric;
      this.#switches.set(name, new SwitchSteering(name, topology, clock, changed, failed, fabric));
    }
    for (const [name, vnf] of Object.entries(topology.vnfs)) {
      const steering = switchesOfVnf(topology, vnf).map((each) => this.#switches.get(each));
      this.#ofVnf.set(
        name,
        steering.filter((each) => each !== undefined),
      );
    }
  }

  /** A switch of the topology has connected. */
  attach(name: string, session: SteeredSwitch): void {
    this.#sessions.set(name, session);
    this.#lookAtTrunks(name);
    this.#switches.get(name)?.attach(session);
  }

  detach(name: string, session: SteeredSwitch): void {
    if (this.#sessions.get(name) === session) this.#sessions.delete(name);
    this.#switches.get(name)?.detach(session);
  }

  /** A port of the switch has come, gone, or changed its state. */
  portsChanged(name: string): void {
    // First: whoever has to act on a link that has failed does it at once.
    this.#listeners.emit(name);
    if (!this.#lookAtTrunks(name)) this.#switches.get(name)?.refresh();
  }

  /** Names of the switches that steer this VNF. */
  switchesOf(vnf: string): readonly string[] {
    return this.#of(vnf).map(({ name }) => name);
  }

  connected(vnf: string): boolean {
    return this.#of(vnf).every(({ connected }) => connected);
  }

  installed(vnf: string): boolean {
    return this.#of(vnf).every((each) => each.installed(vnf));
  }

  softwareVersion(vnf: string): string | null {
    return this.#of(vnf)[0]?.softwareVersion ?? null;
  }

  /**
   * On all of its switches at once. When some have redirected and others not, that is `unknown`:
   * what has gone to destInst cannot be called back, so the witness will say `dest`.
   */
  async redirect(vnf: string, redirect: Redirect): Promise<{ bundle: boolean }> {
    const switches = this.#of(vnf);
    const results = await Promise.allSettled(switches.map((each) => each.redirect(vnf, redirect)));
    const done = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const faults = results.flatMap((each): unknown[] =>
      each.status === 'rejected' ? [each.reason] : [],
    );
    const [fault] = faults;
    if (faults.length === 0) return { bundle: done.every(({ bundle }) => bundle) };
    const unchanged = faults.every(
      (each) => each instanceof SteeringError && each.outcome === 'unchanged',
    );
    if (switches.length === 1 || (unchanged && done.length === 0)) throw fault;
    for (const each of switches) each.expect(vnf, { form: 'undecided' });
    const reason = messageOf(fault);
    throw new SteeringError('unknown', `not every switch has redirected: ${reason}`);
  }

  /** One switch that has redirected is enough: the others must follow. */
  async witness(
    vnf: string,
    srcHost: string,
    destHost: string,
    part?: number,
  ): Promise<'src' | 'dest' | 'other'> {
    const said = await Promise.all(
      this.#of(vnf).map((each) => each.witness(vnf, srcHost, destHost, part)),
    );
    if (said.includes('dest')) return 'dest';
    return said.every((each) => each === 'src') ? 'src' : 'other';
  }

  async keepRedirect(vnf: string, redirect: Redirect): Promise<void> {
    await this.#onAll(vnf, (each) => each.keepRedirect(vnf, redirect));
  }

  async settle(vnf: string, host: string, parts: readonly PartPlace[] = []): Promise<void> {
    await this.#onAll(vnf, (each) => each.settle(vnf, host, parts));
  }

  async divert(vnf: string): Promise<void> {
    await this.#onAll(vnf, (each) => each.divert(vnf));
  }

  takeFrames(vnf: string, take: TakeFrame): () => void {
    const ends = this.#of(vnf).map((each) => each.takeFrames(vnf, take));
    return () => ends.forEach((end) => end());
  }

  relay(vnf: string, host: string, frames: readonly DivertedFrame[]): void {
    this.#send(
      vnf,
      host,
      frames.map(({ port, frame }) => ({ port, frame: markRelayed(frame) })),
    );
  }

  endRelay(vnf: string, host: string, token: string): void {
    const markers = vnfPorts(this.#topology, vnf).map(({ index, mac }) => {
      return { port: index, frame: markerFrame('relayed', mac, index, token) };
    });
    this.#send(vnf, host, markers);
  }

  /** From the switch at which the host's port is, so that nothing overtakes on the way. */
  #send(vnf: string, host: string, frames: readonly DivertedFrame[]): void {
    const links = instanceLinks(this.#topology, vnf, host);
    for (const name of new Set(links.map((link) => link.switch))) {
      const own = frames.flatMap(({ port, frame }) => {
        const link = links[port];
        return link?.switch === name ? [{ link, frame }] : [];
      });
      if (own.length > 0) this.#switches.get(name)?.send(own);
    }
  }

  /** Of several switches none knows when the others have committed: the order is not theirs to give. */
  keepReady(vnf: string, standbys: readonly Standby[]): void {
    const switches = this.#of(vnf);
    const ordered = switches.length === 1;
    const wanted = standbys.map((each) => (ordered ? each : { ...each, token: undefined }));
    for (const each of switches) each.keepReady(vnf, wanted);
  }

  /** Packets of each part, by its number, in `ms`; its traffic goes on to its host meanwhile. */
  async measure(
    vnf: string,
    host: string,
    parts: readonly PartPlace[],
    ms: number,
  ): Promise<ReadonlyMap<number, number>> {
    await this.settle(vnf, host, parts);
    const before = await this.#partPackets(vnf);
    await new Promise<void>((resolve) => void this.#clock.after(ms, resolve));
    const after = await this.#partPackets(vnf);
    return new Map([...after].map(([part, count]) => [part, count - (before.get(part) ?? 0)]));
  }

  async #partPackets(vnf: string): Promise<Map<number, number>> {
    const sum = new Map<number, number>();
    for (const counts of await Promise.all(this.#of(vnf).map((each) => each.partPackets(vnf)))) {
      for (const [part, count] of counts) sum.set(part, (sum.get(part) ?? 0) + count);
    }
    return sum;
  }

  async fence(vnf: string): Promise<void> {
    await this.#onAll(vnf, (each) => each.fence(vnf));
  }

  downLinks(vnf: string, host: string): readonly string[] {
    return instanceLinks(this.#topology, vnf, host)
      .filter((link) => {
        const session = this.#sessions.get(link.switch);
        if (session === undefined) return false;
        const name = link.switchInterface;
        return session.downPorts().has(name) || !hasPort(session, link);
      })
      .map(({ switchInterface }) => switchInterface);
  }

  async received(vnf: string, host: string): Promise<Map<string, bigint | null>> {
    const links = instanceLinks(this.#topology, vnf, host);
    const counted = await Promise.all(
      links.map(async (link): Promise<[string, bigint | null]> => {
        const session = this.#sessions.get(link.switch);
        const port = link.port ?? session?.ports().get(link.switchInterface);
        if (session === undefined || port === undefined) {
          throw new SteeringError('unchanged', `${link.switchInterface} cannot be looked at`);
        }
        return [link.switchInterface, await session.received(port)];
      }),
    );
    return new Map(counted);
  }

  expect(vnf: string, wish: SteeringWish): void {
    for (const each of this.#of(vnf)) each.expect(vnf, wish);
  }

  subscribe(listener: (switchName: string) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Waits for all, also when one fails: none is left half way. */
  async #onAll(vnf: string, action: (each: SwitchSteering) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled(this.#of(vnf).map(action));
    for (const each of results) if (each.status === 'rejected') throw each.reason;
  }

  /** True when the set of live trunks has changed: every switch has then been told. */
  #lookAtTrunks(name: string): boolean {
    const session = this.#sessions.get(name);
    if (session !== undefined) this.#downPorts.set(name, session.downPorts());
    const down = new Set(
      resolveTrunks(this.#topology)
        .flatMap(({ ends }) => ends)
        .filter((end) => this.#downPorts.get(end.switch)?.has(end.interface) === true)
        .map((end) => end.interface),
    );
    const key = [...down].join();
    if (key === this.#downTrunks) return false;
    this.#downTrunks = key;
    this.#fabric = new Fabric(this.#topology, down);
    for (const each of this.#switches.values()) each.refresh();
    return true;
  }

  #of(vnf: string): readonly SwitchSteering[] {
    const found = this.#ofVnf.get(vnf);
    if (found === undefined || found.length === 0) throw new Error(`no switch steers VNF ${vnf}`);
    return found;
  }
}

/** By its number where the topology gives one, else by its name. */
function hasPort(session: SteeredSwitch, { port, switchInterface }: ResolvedLink): boolean {
  const ports = session.ports();
  return port === undefined ? ports.has(switchInterface) : [...ports.values()].includes(port);
}
