/** Keeps one switch at what the placements of its VNFs wish, one commit at a time. */
import type { Clock } from '../clock.js';
import { messageOf } from '../contract/errors.js';
import type { ResolvedLink } from '../contract/resolve.js';
import type { Topology } from '../contract/topology.js';
import type { GroupDescription, PacketIn, PlainMessage } from '../openflow/index.js';
import {
  compile,
  difference,
  drainingTo,
  install,
  instanceLinks,
  owned,
  servingOn,
  partOfGroup,
  sendFrame,
  sharedBy,
  switchNetwork,
  switchover,
  wayTo,
  witness,
  type Desired,
  type Fabric,
  type Output,
  type OwnedFlow,
  type PartPlace,
  type Placement,
  type SwitchNetwork,
} from '../steering/index.js';
import { FrameTakers, type TakeFrame } from './frame-takers.js';
import { SteeringError, type Redirect, type SteeringWish } from './steering-port.js';

/** What steering needs of a connected switch. */
export interface SteeredSwitch {
  softwareVersion(): string | null;
  /** Port names to numbers, as of now. */
  ports(): ReadonlyMap<string, number>;
  /** Names of the ports that are down. */
  downPorts(): ReadonlySet<string>;
  /** Rejects with SteeringError. */
  commit(messages: readonly PlainMessage[]): Promise<{ bundle: boolean }>;
  /** Makes the bytes of a commit, and sends nothing. */
  rehearse(messages: readonly PlainMessage[]): void;
  /** Sends packet-outs, unanswered. Throws SteeringError `unchanged`. */
  post(messages: readonly PlainMessage[]): void;
  /** Returns what ends it. */
  takePackets(take: (packet: PacketIn) => void): () => void;
  groups(): Promise<readonly GroupDescription[]>;
  ownedFlows(): Promise<readonly (OwnedFlow & { packetCount?: bigint })[]>;
}

/** Between attempts to set up a switch that refused it. */
const RETRY_MS = 1000;

interface Installed {
  desired: Desired;
  generation: number;
}

export class SwitchSteering {
  readonly name: string;
  readonly #topology: Topology;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #failed: (reason: string) => void;
  readonly #fabric: () => Fabric;
  readonly #wishes = new Map<string, SteeringWish>();
  /** VNFs whose frames go to the controller. */
  readonly #diverted = new Set<string>();
  readonly #takers: FrameTakers;
  #session: SteeredSwitch | undefined;
  #softwareVersion: string | null = null;
  /** What the switch is known to have; undefined when it must be asked. */
  #installed: Installed | undefined;
  #placed: ReadonlySet<string> = new Set();
  #queue: Promise<unknown> = Promise.resolve();
  #cancelRetry: (() => void) | undefined;

  /**
   * `failed` hears of a wish that could not be installed when the switch connected or changed;
   * `fabric` tells the trunks that live now.
   */
  constructor(
    name: string,
    topology: Topology,
    clock: Clock,
    changed: () => void,
    failed: (reason: string) => void,
    fabric: () => Fabric,
  ) {
    this.name = name;
    this.#topology = topology;
    this.#clock = clock;
    this.#changed = changed;
    this.#failed = failed;
    this.#fabric = fabric;
    this.#takers = new FrameTakers(topology);
  }

  get connected(): boolean {
    return this.#session !== undefined;
  }

  get softwareVersion(): string | null {
    return this.#softwareVersion;
  }

  installed(vnf: string): boolean {
    return this.#installed !== undefined && this.#placed.has(vnf);
  }

  expect(vnf: string, wish: SteeringWish): void {
    this.#wishes.set(vnf, wish);
  }

  attach(session: SteeredSwitch): void {
    this.#session = session;
    this.#takers.attach(session);
    this.#softwareVersion = session.softwareVersion();
    this.#forget();
    this.#changed();
    this.refresh();
  }

  detach(session: SteeredSwitch): void {
    if (this.#session !== session) return;
    this.#cancelRetry?.();
    this.#session = undefined;
    this.#takers.detach();
    this.#forget();
    this.#changed();
  }

  /** Installs what is wished: after a connect, and when the switch has got another port. */
  refresh(): void {
    this.#cancelRetry?.();
    const session = this.#session;
    this.#exclusively(async () => {
      const [missing] = (await this.#bring()).values();
      if (missing !== undefined) this.#failed(missing);
    }).catch((error: unknown) => this.#tryLater(session, error));
  }

  #tryLater(session: SteeredSwitch | undefined, error: unknown): void {
    if (session === undefined || this.#session !== session) return;
    this.#failed(messageOf(error));
    this.#cancelRetry?.();
    this.#cancelRetry = this.#clock.after(RETRY_MS, () => this.refresh());
  }

  settle(vnf: string, host: string, parts: readonly PartPlace[]): Promise<void> {
    return this.#bringTo(vnf, { form: 'serving', host, parts });
  }

  rehearse(vnf: string, host: string, parts: readonly PartPlace[]): void {
    const session = this.#session;
    const installed = this.#installed;
    if (session === undefined || installed === undefined) return;
    const network = this.#network(session);
    const wishes = new Map(this.#wishes).set(vnf, { form: 'serving', host, parts });
    const desired = compile(network, this.#placements(network, wishes).placements);
    session.rehearse(difference(installed.desired, desired, installed.generation));
  }

  /** Packets that the flows of each part of the VNF have seen. */
  async partPackets(vnf: string): Promise<Map<number, number>> {
    const found = new Map<number, number>();
    for (const { instructions, packetCount } of await this.#connectedSession().ownedFlows()) {
      for (const instruction of instructions) {
        if (instruction.type !== 'applyActions') continue;
        for (const action of instruction.actions) {
          const part =
            action.type === 'group' ? partOfGroup(this.#topology, vnf, action.groupId) : undefined;
          if (part === undefined) continue;
          found.set(part, (found.get(part) ?? 0) + Number(packetCount ?? 0n));
        }
      }
    }
    return found;
  }

  /** What is for the VNF goes to the controller, whatever is wished, until it is brought anywhere. */
  async divert(vnf: string): Promise<void> {
    await this.#exclusively(async () => {
      this.#diverted.add(vnf);
      refuseMissing(vnf, await this.#bring());
    });
  }

  takeFrames(vnf: string, take: TakeFrame): () => void {
    return this.#takers.add(vnf, take);
  }

  /** Frames out of links of this switch. Throws SteeringError `unchanged`, nothing sent. */
  send(frames: readonly { link: ResolvedLink; frame: Buffer }[]): void {
    const session = this.#connectedSession();
    const network = this.#network(session);
    const ways = new Map<ResolvedLink, Output>();
    const messages = frames.map(({ link, frame }) => {
      const way = ways.get(link) ?? wayTo(network, link);
      ways.set(link, way);
      return sendFrame(way, frame);
    });
    session.post(messages);
  }

  fence(vnf: string): Promise<void> {
    return this.#bringTo(vnf, { form: 'fenced' });
  }

  keepRedirect(vnf: string, redirect: Redirect): Promise<void> {
    return this.#bringTo(vnf, { form: 'redirect', redirect });
  }

  async redirect(vnf: string, redirect: Redirect): Promise<{ bundle: boolean }> {
    return this.#exclusively(async () => {
      const before = this.#wishes.get(vnf);
      // Only a difference to something known is small and may carry markers.
      if (this.#installed === undefined) refuseMissing(vnf, await this.#bring());
      this.#wishes.set(vnf, { form: 'redirect', redirect });
      try {
        return await this.#commitRedirect(vnf, redirect);
      } catch (error) {
        const unknown = error instanceof SteeringError && error.outcome === 'unknown';
        if (unknown) this.#wishes.set(vnf, { form: 'undecided' });
        else if (before !== undefined) this.#wishes.set(vnf, before);
        throw error;
      }
    });
  }

  async witness(
    vnf: string,
    srcHost: string,
    destHost: string,
    part?: number,
  ): Promise<'src' | 'dest' | 'other'> {
    return this.#exclusively(async () => {
      const session = this.#connectedSession();
      const candidates = {
        src: instanceLinks(this.#topology, vnf, srcHost),
        dest: instanceLinks(this.#topology, vnf, destHost),
      };
      return witness(this.#network(session), await session.groups(), vnf, candidates, part);
    });
  }

  async #bringTo(vnf: string, wish: SteeringWish): Promise<void> {
    const session = this.#session;
    try {
      await this.#exclusively(async () => {
        this.#wishes.set(vnf, wish);
        this.#diverted.delete(vnf);
        refuseMissing(vnf, await this.#bring());
      });
    } catch (error) {
      this.#tryLater(session, error);
      throw error;
    }
  }

  async #commitRedirect(vnf: string, redirect: Redirect): Promise<{ bundle: boolean }> {
    const session = this.#connectedSession();
    const installed = this.#installed;
    if (installed === undefined) {
      throw new SteeringError('unchanged', `switch ${this.name} has not yet been set up`);
    }
    const network = this.#network(session);
    const { placements, missing } = this.#placements(network);
    refuseMissing(vnf, missing);
    const desired = compile(network, placements);
    const generation = installed.generation;
    const messages = redirect.srcGone
      ? difference(installed.desired, desired, generation)
      : switchover({
          network,
          vnf,
          srcLinks: instanceLinks(this.#topology, vnf, redirect.srcHost),
          from: installed.desired,
          to: desired,
          generation,
          token: redirect.token,
        });
    return this.#commit(session, messages, { desired, generation });
  }

  /**
   * From what the switch has to what is wished; refused while a VNF of the switch is undecided.
   * Answers the VNFs that are left out, each with the reason.
   */
  async #bring(): Promise<Map<string, string>> {
    const session = this.#connectedSession();
    for (const [vnf, { form }] of this.#wishes) {
      if (form !== 'undecided') continue;
      throw new SteeringError('unchanged', `it is not yet decided where ${vnf} serves`);
    }
    const network = this.#network(session);
    const { placements, missing } = this.#placements(network);
    const desired = compile(network, placements);
    if (this.#installed === undefined) {
      const [flows, groups] = await Promise.all([session.ownedFlows(), session.groups()]);
      const existing = owned(flows, groups);
      const generation = existing.nextGeneration;
      await this.#commit(session, install(desired, generation, existing), { desired, generation });
    } else {
      const { generation } = this.#installed;
      const messages = difference(this.#installed.desired, desired, generation);
      if (messages.length > 0) await this.#commit(session, messages, { desired, generation });
    }
    this.#placed = new Set(placements.map(({ vnf }) => vnf));
    this.#changed();
    return missing;
  }

  async #commit(
    session: SteeredSwitch,
    messages: readonly PlainMessage[],
    result: Installed,
  ): Promise<{ bundle: boolean }> {
    // Until the answer is there nobody knows; after a failure the switch is asked what it has.
    this.#installed = undefined;
    const outcome = await session.commit(messages);
    if (this.#session === session) this.#installed = result;
    return outcome;
  }

  /** A VNF whose host's port the switch does not have (yet) is left out, fenced. */
  #placements(
    network: SwitchNetwork,
    wishes: ReadonlyMap<string, SteeringWish> = this.#wishes,
  ): { placements: Placement[]; missing: Map<string, string> } {
    const placements: Placement[] = [];
    const missing = new Map<string, string>();
    for (const [vnf, wish] of wishes) {
      // A VNF without a placement is fenced.
      if (wish.form === 'undecided' || wish.form === 'fenced') continue;
      const placement = this.#divert(vnf, this.#placement(vnf, wish));
      try {
        for (const links of [placement.activeLinks, ...placement.speakers]) {
          for (const link of links) {
            if (network.networks.includes(link.network)) wayTo(network, link);
          }
        }
        placements.push(placement);
      } catch (error) {
        missing.set(vnf, messageOf(error));
      }
    }
    return { placements, missing };
  }

  #placement(
    vnf: string,
    wish: Exclude<SteeringWish, { form: 'undecided' | 'fenced' }>,
  ): Placement {
    if (wish.form === 'serving') {
      const { host, parts = [] } = wish;
      return parts.length === 0
        ? servingOn(this.#topology, vnf, host)
        : sharedBy(this.#topology, vnf, host, parts);
    }
    const { srcHost, destHost, srcGone, shared } = wish.redirect;
    if (shared !== undefined) {
      const drain = srcGone ? undefined : { srcHost, destHost };
      return sharedBy(this.#topology, vnf, shared.host, shared.parts, drain);
    }
    return srcGone
      ? servingOn(this.#topology, vnf, destHost)
      : drainingTo(this.#topology, vnf, srcHost, destHost);
  }

  #divert(vnf: string, placement: Placement): Placement {
    return this.#diverted.has(vnf) ? { ...placement, diverted: true } : placement;
  }

  #network(session: SteeredSwitch): SwitchNetwork {
    return switchNetwork(this.#topology, this.name, session.ports(), this.#fabric());
  }

  #connectedSession(): SteeredSwitch {
    if (this.#session !== undefined) return this.#session;
    throw new SteeringError('unchanged', `switch ${this.name} is not connected`);
  }

  #forget(): void {
    this.#installed = undefined;
    this.#placed = new Set();
  }

  #exclusively<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

function refuseMissing(vnf: string, missing: ReadonlyMap<string, string>): void {
  const reason = missing.get(vnf);
  if (reason !== undefined) throw new SteeringError('unchanged', reason);
}
