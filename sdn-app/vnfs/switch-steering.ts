/** Keeps one switch at what the placements of its VNFs wish, one commit at a time. */
import type { Clock } from '../clock.js';
import { messageOf } from '../contract/errors.js';
import type { ResolvedLink } from '../contract/resolve.js';
import type { Topology } from '../contract/topology.js';
import type { PlainMessage } from '../openflow/index.js';
import {
  compile,
  difference,
  install,
  instanceLinks,
  owned,
  partOfGroup,
  sendFrame,
  switchNetwork,
  switchover,
  takeoverOrder,
  wayTo,
  witness,
  type Desired,
  type Fabric,
  type Output,
  type PartPlace,
  type SwitchNetwork,
} from '../steering/index.js';
import { FrameTakers, type TakeFrame } from './frame-takers.js';
import { ReadyCommits, type Plan } from './ready-commits.js';
import type { SteeredSwitch } from './steered-switch.js';
import { SteeringError, type Redirect, type Standby, type SteeringWish } from './steering-port.js';
import { wished } from './wished.js';

/** Between attempts to set up a switch that refused it. */
const RETRY_MS = 1000;

interface Installed {
  desired: Desired;
  generation: number;
}

/** What is known of the switch after a takeover. */
interface ReadyResult {
  installed: Installed;
  placed: ReadonlySet<string>;
}
type ReadyCommit = NonNullable<ReturnType<ReadyCommits<ReadyResult>['take']>>;

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
  readonly #ready: ReadyCommits<ReadyResult>;

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
    this.#ready = new ReadyCommits(
      clock,
      (vnf, standby) => this.#planTakeover(vnf, standby),
      (messages) => this.#connectedSession().prepare(messages),
    );
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
    this.#wish(vnf, wish);
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

  keepReady(vnf: string, standbys: readonly Standby[]): void {
    this.#ready.want(vnf, standbys);
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
      this.#wish(vnf, { form: 'redirect', redirect });
      try {
        return await this.#commitRedirect(vnf, redirect);
      } catch (error) {
        const unknown = error instanceof SteeringError && error.outcome === 'unknown';
        if (unknown) this.#wish(vnf, { form: 'undecided' });
        else if (before !== undefined) this.#wish(vnf, before);
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
        const ready = wish.form === 'serving' ? this.#ready.take(vnf, wish) : undefined;
        this.#wish(vnf, wish);
        this.#diverted.delete(vnf);
        if (ready !== undefined && (await this.#commitReady(ready))) return;
        refuseMissing(vnf, await this.#bring());
      });
    } catch (error) {
      this.#tryLater(session, error);
      throw error;
    }
  }

  /** False when the switch does not know it any more; it has what it had then. */
  async #commitReady({ commit, result }: ReadyCommit): Promise<boolean> {
    const session = this.#session;
    const before = this.#installed;
    this.#installed = undefined;
    try {
      await commit.commit();
    } catch (error) {
      if (!(error instanceof SteeringError) || error.outcome !== 'unchanged') throw error;
      if (this.#session === session) this.#installed = before;
      return false;
    } finally {
      this.#ready.outdated();
    }
    if (this.#session === session) this.#installed = result.installed;
    this.#placed = result.placed;
    this.#changed();
    return true;
  }

  /** Undefined while nobody knows what the switch has, or there is nothing to change. */
  #planTakeover(vnf: string, { at, token, host, parts }: Standby): Plan<ReadyResult> | undefined {
    const session = this.#session;
    const before = this.#installed;
    const isUndecided = [...this.#wishes.values()].some(({ form }) => form === 'undecided');
    if (session === undefined || before === undefined || isUndecided) return undefined;
    const network = this.#network(session);
    const wishes = new Map(this.#wishes).set(vnf, { form: 'serving', host, parts });
    const { placements, missing } = wished(network, wishes, this.#diverted);
    if (missing.has(vnf)) return undefined;
    const { generation } = before;
    const desired = compile(network, placements);
    const messages = difference(before.desired, desired, generation);
    if (messages.length === 0) return undefined;
    const links = instanceLinks(this.#topology, vnf, at);
    const order = token === undefined ? undefined : takeoverOrder(network, vnf, links, token);
    if (order !== undefined) messages.push(order);
    const placed = new Set(placements.map((each) => each.vnf));
    return { messages, result: { installed: { desired, generation }, placed } };
  }

  #wish(vnf: string, wish: SteeringWish): void {
    this.#wishes.set(vnf, wish);
    this.#ready.outdated();
  }

  async #commitRedirect(vnf: string, redirect: Redirect): Promise<{ bundle: boolean }> {
    const session = this.#connectedSession();
    const installed = this.#installed;
    if (installed === undefined) {
      throw new SteeringError('unchanged', `switch ${this.name} has not yet been set up`);
    }
    const network = this.#network(session);
    const { placements, missing } = wished(network, this.#wishes, this.#diverted);
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
    const { placements, missing } = wished(network, this.#wishes, this.#diverted);
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
    try {
      const outcome = await session.commit(messages);
      if (this.#session === session) this.#installed = result;
      return outcome;
    } finally {
      this.#ready.outdated();
    }
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
    this.#ready.forget();
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
