/**
 * Mechanism `1R-AS` for programs: the newest checkpoint waits on another host, unpacked and with its
 * network, to be let go. Without it, or should it fail, what `0R` does is done.
 */
import type { CheckpointResource } from '../../contract/rest.js';
import type { Redundancy } from '../../contract/recovery.js';
import { reasonOf } from '../../contract/errors.js';
import type { PolicyOf } from '../../contract/recovery-policy.js';
import type { Care } from '../mechanism.js';
import type { Recovery } from '../recovery.js';
import { standbyHost } from '../suitable-hosts.js';
import { ImageProtection } from './protection.js';

/** What waits may have been lost without a word: so often it is asked for again, and made anew if so. */
const CHECK_MS = 10_000;

interface Ready {
  host: string;
  instance: string;
  checkpoint: string;
}

export class ReadyProtection extends ImageProtection {
  #ready: Ready | undefined;
  /** Hosts that have none of an earlier time. */
  readonly #swept = new Set<string>();
  readonly #unsubscribeHosts: () => void;

  constructor(care: Care<PolicyOf<'1R-AS'>>) {
    super(care);
    this.#unsubscribeHosts = care.ports.hosts.subscribe(({ type, host }) => {
      if (type !== 'connected' && type !== 'disconnected') return;
      // Another agent may run there now, that has nothing ready.
      this.#swept.delete(host);
      if (this.#ready?.host === host) this.#ready = undefined;
    });
  }

  override redundancy(): Redundancy {
    const { mechanism } = this.care.policy;
    if (this.#ready !== undefined) return { mechanism, state: 'ready', ...this.#ready };
    return { mechanism, state: 'none', host: null, instance: null, reason: this.reason };
  }

  override async recover(recovery: Recovery): Promise<void> {
    await super.recover(recovery);
    // It serves there, or waits there no more.
    if (this.#ready?.host === recovery.record.destHost) this.#ready = undefined;
  }

  override close(): void {
    this.#unsubscribeHosts();
    super.close();
  }

  protected override async keep(): Promise<void> {
    await super.keep();
    await this.#haveReady();
    if (!this.reconciler.isStopped()) this.reconciler.lookIn(CHECK_MS);
  }

  /** Where it waits, and once more there without it, if that fails. */
  protected override hostsFor(checkpoint: CheckpointResource, recovery: Recovery): string[] {
    const hosts = super.hostsFor(checkpoint, recovery);
    const ready = this.#ready;
    if (ready?.checkpoint !== checkpoint.id || !hosts.includes(ready.host)) return hosts;
    return [ready.host, ...hosts];
  }

  async #haveReady(): Promise<void> {
    const { vnf, policy, ports } = this.care;
    const serving = ports.vnfs.get(vnf);
    // Whoever has it says when it is taken back.
    if (serving === undefined || ports.vnfs.isHanded(vnf)) return;
    if (this.#ready?.host === serving.host) this.#ready = undefined;
    if (this.checkpoints.length === 0) {
      this.#ready = undefined;
      return;
    }
    const place = standbyHost(vnf, serving.host, policy.standby, ports);
    if ('reason' in place) {
      this.#ready = undefined;
      this.reason = place.reason;
      return;
    }
    await this.#makeReady(place.host);
    await this.#sweep();
  }

  /** The newest that is whole. */
  async #makeReady(host: string): Promise<void> {
    const { vnf, ports } = this.care;
    const faults: string[] = [];
    for (const checkpoint of this.checkpoints) {
      const { id, instance } = checkpoint;
      try {
        await ports.checkpoints.provide(checkpoint, host);
        const spec = ports.vnfs.spec(vnf, host, instance, 'serving');
        await ports.hosts.readyCheckpoint(host, spec, id);
        this.#ready = { host, instance, checkpoint: id };
        this.#swept.delete(host);
        return;
      } catch (error) {
        faults.push(`${id} on ${host}: ${reasonOf(error)}`);
      }
    }
    throw new Error(faults.join('; '));
  }

  /** Nothing waits on hosts where it was before: of an earlier run of the controller too. */
  async #sweep(): Promise<void> {
    const { vnf, ports } = this.care;
    for (const [host, { agent }] of Object.entries(ports.topology.hosts)) {
      if (!agent || host === this.#ready?.host || this.#swept.has(host)) continue;
      if (!ports.hosts.connected(host)) continue;
      await ports.hosts.dropReady(host, vnf);
      this.#swept.add(host);
    }
  }
}
