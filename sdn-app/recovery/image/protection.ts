/**
 * Mechanism `0R` for programs, and what others fall back to: a new process from the newest checkpoint that is whole, on the host
 * where the VNF was or on another one that has a copy.
 */
import { bringBack } from '../../checkpoints/bring-back.js';
import type { RestoreAnswer } from '../../contract/checkpoint.js';
import { reasonOf } from '../../contract/errors.js';
import type { Redundancy } from '../../contract/recovery.js';
import type { CheckpointResource } from '../../contract/rest.js';
import { nfDefinition } from '../../contract/nf.js';
import type { PolicyOf, RecoveryPolicy } from '../../contract/recovery-policy.js';
import { RecoveryFault } from '../fault.js';
import type { Care, Protection } from '../mechanism.js';
import { Reconciler } from '../reconciler.js';
import { round, type Recovery } from '../recovery.js';
import { hostsAfter } from '../suitable-hosts.js';

/** Between attempts to take the first checkpoint: each makes the program stand still. */
const LAST_RETRY_MS = 60_000;

export type ImagePolicy = PolicyOf<'0R'> | PolicyOf<'1R-AS'>;

/** What has no statelets is protected by its checkpoints. */
export function isProgram({ vnf, ports }: Care<RecoveryPolicy>): boolean {
  const spec = ports.topology.vnfs[vnf];
  return spec !== undefined && nfDefinition(spec.kind).program !== undefined;
}

export class ImageProtection implements Protection {
  readonly undecided = false;
  protected readonly care: Care<ImagePolicy>;
  readonly #unsubscribe: (() => void)[];
  /** Newest first, as last heard of. */
  protected checkpoints: readonly CheckpointResource[] = [];
  /** Why it is not ready. */
  protected reason = 'not yet looked for';
  /** What was last told of its redundancy. */
  #told = '';
  protected readonly reconciler: Reconciler;

  constructor(care: Care<ImagePolicy>) {
    this.care = care;
    const attempts = {
      attempt: async () => {
        await this.keep();
        this.#tell();
      },
      failed: (error: unknown) => {
        this.reason = reasonOf(error);
        this.#tell();
      },
      interrupt: () => undefined,
    };
    this.reconciler = new Reconciler(care.ports.clock, attempts, LAST_RETRY_MS);
    const news = ['checkpoint.taken', 'checkpoint.copied', 'checkpoint.notCopied', 'vnf.serving'];
    this.#unsubscribe = [
      care.ports.events.subscribe(({ type, subject }) => {
        if (subject === care.vnf && news.includes(type)) this.look();
      }),
      // With a host go its copies, and come back.
      care.ports.hosts.subscribe(({ type }) => {
        if (type === 'connected' || type === 'disconnected') this.look();
      }),
    ];
  }

  redundancy(): Redundancy {
    const [newest] = this.checkpoints;
    const { mechanism } = this.care.policy;
    if (newest === undefined) {
      return { mechanism, state: 'none', host: null, instance: null, reason: this.reason };
    }
    const host = newest.hosts.find((each) => each !== newest.host) ?? newest.host;
    return { mechanism, state: 'ready', host, instance: newest.instance };
  }

  canRecover(): boolean {
    return this.checkpoints.length > 0;
  }

  observers(): [] {
    return [];
  }

  wasUsed(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async recover(recovery: Recovery): Promise<void> {
    if (this.checkpoints.length === 0) await this.#list();
    if (this.checkpoints.length === 0) throw new RecoveryFault('there is no checkpoint');
    const faults: string[] = [];
    for (const checkpoint of this.#withoutSilent(recovery)) {
      for (const host of this.hostsFor(checkpoint, recovery)) {
        try {
          await this.#bringTo(host, checkpoint, recovery);
          return;
        } catch (error) {
          const fault = `${checkpoint.id} on ${host}: ${reasonOf(error)}`;
          recovery.note(fault);
          faults.push(fault);
        }
      }
    }
    throw new RecoveryFault(faults.join('; ') || 'no host that could have it has a checkpoint');
  }

  /** Where this one is tried, in order. */
  protected hostsFor(_checkpoint: CheckpointResource, recovery: Recovery): string[] {
    const { policy, ports } = this.care;
    return hostsAfter(recovery, policy.standby, ports);
  }

  /** Copies on a host that is silent cannot be had, and to ask for them takes long. */
  #withoutSilent({ fault, record }: Recovery): readonly CheckpointResource[] {
    if (fault.type !== 'hostSilent') return this.checkpoints;
    return this.checkpoints
      .map((each) => ({ ...each, hosts: each.hosts.filter((host) => host !== record.srcHost) }))
      .filter(({ hosts }) => hosts.length > 0);
  }

  setAside(): Promise<void> {
    return Promise.resolve();
  }

  look(): void {
    this.reconciler.look();
  }

  /** Once for each change of it. */
  #tell(): void {
    const { state, host, instance, checkpoint, reason } = this.redundancy();
    const now = {
      ...{ state, host, instance },
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(reason === undefined ? {} : { reason }),
    };
    const text = JSON.stringify(now);
    if (this.reconciler.isStopped() || text === this.#told) return;
    this.#told = text;
    this.care.ports.events.publish('vnf.redundancy', this.care.vnf, now);
    this.care.changed();
  }

  close(): void {
    this.reconciler.close();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** The first one is taken as soon as the VNF serves; those after it on the VNF's schedule. */
  protected async keep(): Promise<void> {
    await this.#list();
    if (this.checkpoints.length === 0) await this.#takeFirst();
  }

  async #takeFirst(): Promise<void> {
    const { vnf, ports } = this.care;
    const serving = ports.vnfs.get(vnf);
    if (ports.vnfs.isHanded(vnf) || serving?.state !== 'serving') return;
    this.reason = 'no host that is connected keeps a checkpoint';
    if (!ports.hosts.connected(serving.host)) return;
    await ports.checkpoints.take(vnf);
    await this.#list();
  }

  async #list(): Promise<void> {
    const { vnf, ports } = this.care;
    this.checkpoints = await ports.checkpoints.list(vnf);
  }

  async #bringTo(host: string, checkpoint: CheckpointResource, recovery: Recovery): Promise<void> {
    const { ports } = this.care;
    Object.assign(recovery.record, { destHost: host, destInst: checkpoint.instance });
    await ports.checkpoints.provide(checkpoint, host);
    const answer = await bringBack(checkpoint, host, ports, {
      done: (step) => recovery.step(step),
      isSteered: !recovery.resumed,
      isSilent: recovery.fault.type === 'hostSilent',
    });
    this.#account(recovery, answer);
  }

  #account(recovery: Recovery, { checkpoint, loss }: RestoreAnswer): void {
    const { record, elapsedMs, fault } = recovery;
    const { ports } = this.care;
    const ageMs = Date.parse(ports.clock.timestamp()) - Date.parse(checkpoint.takenAt);
    const age = `what it did in the ${(ageMs / 1000).toFixed(1)} s since checkpoint ${checkpoint.id}`;
    const behind = loss?.behind ?? 0;
    const cut =
      behind === 0
        ? ''
        : `; ${behind} of ${loss?.connections ?? 0} TCP connections lack ` +
          `${loss?.receivedBytes ?? 0} bytes received and ${loss?.sentBytes ?? 0} sent`;
    record.ovs = ports.steering.softwareVersion(record.vnf);
    Object.assign(record.recovery, {
      outageMs: round((fault.silentMs ?? 0) + elapsedMs),
      replayedStatelets: 0,
      lostState: age + cut,
      frozenMs: checkpoint.frozenMs,
      imageBytes: checkpoint.storedBytes,
    });
  }
}
