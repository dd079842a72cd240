/**
 * Looks at both ends of the links of serving instances: what an instance goes on sending and its
 * switch no more receives is lost on the way, whatever else of the host can be heard.
 */
import { portOrder } from '../../contract/topology.js';
import type { RecoveryPorts } from '../ports.js';

const PERIOD_MS = 250;
/** Between two looks so many are sent and none is received: overload loses many, never all. */
const LEAST_PACKETS = 20;
/** So many times in a row: an instance publishes its counts late, which looks like that once. */
const LEAST_LOOKS = 5;
/** And so many times what was only the switch's slowness: some read their ports' counters seldom. */
const SAFETY = 2;
/** Changes of the switch's count until it is known how slow that is. */
const LEAST_CHANGES = 2;

type PathPorts = Pick<RecoveryPorts, 'hosts' | 'steering' | 'vnfs' | 'clock' | 'topology'>;

/** One link as it was when the switch's count last changed. */
interface Stand {
  received: bigint;
  /** The instance's newest count, and how often it has grown since. */
  sent: number | undefined;
  losses: number;
  /** How often the switch's count has been seen to change. */
  changes: number;
  /** The most losses that a change then disproved. */
  disproved: number;
}

export class PathWatch {
  readonly #ports: PathPorts;
  readonly #onSilent: (vnf: string, link: string) => void;
  /** By VNF: whose links they are, and how they stand. */
  readonly #stands = new Map<string, { instance: string; links: Map<string, Stand> }>();
  readonly #looking = new Set<string>();
  #watched: ReadonlySet<string> = new Set();
  #cancel: (() => void) | undefined;

  /** `onSilent` is called at each look, every 250 ms, for a link that loses everything. */
  constructor(ports: PathPorts, onSilent: (vnf: string, link: string) => void) {
    this.#ports = ports;
    this.#onSilent = onSilent;
  }

  /** From now on the links of these VNFs. */
  watch(vnfs: ReadonlySet<string>): void {
    this.#watched = vnfs;
    for (const vnf of [...this.#stands.keys()]) if (!vnfs.has(vnf)) this.#stands.delete(vnf);
    if (vnfs.size === 0) this.close();
    else if (this.#cancel === undefined) this.#plan();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #plan(): void {
    this.#cancel = this.#ports.clock.after(PERIOD_MS, () => {
      this.#plan();
      for (const vnf of this.#watched) void this.#look(vnf);
    });
  }

  async #look(vnf: string): Promise<void> {
    if (this.#looking.has(vnf)) return;
    this.#looking.add(vnf);
    try {
      await this.#compare(vnf);
    } catch {
      // The agent or the switch does not answer: then nothing is known of the links.
      this.#stands.delete(vnf);
    } finally {
      this.#looking.delete(vnf);
    }
  }

  /** One after the other: what was sent before the switch is asked has arrived, or is lost. */
  async #compare(vnf: string): Promise<void> {
    const { vnfs, steering, hosts, topology } = this.#ports;
    const serving = vnfs.get(vnf);
    const spec = topology.vnfs[vnf];
    if (serving?.state !== 'serving' || spec === undefined || serving.parts.length > 0) {
      this.#stands.delete(vnf);
      return;
    }
    const { host, instance } = serving;
    const links = this.#linksOf(vnf, instance);
    const received = await steering.received(vnf, host);
    for (const [name, count] of received) {
      if (count !== null && this.#isSilent(links, name, count)) this.#onSilent(vnf, name);
    }
    const { counters } = await hosts.stats(host, instance);
    for (const [index, name] of [...received.keys()].entries()) {
      const stand = links.get(name);
      const sent = counters[`${portOrder(spec)[index] ?? ''}.txPackets`];
      if (stand === undefined || sent === undefined) continue;
      if (stand.sent !== undefined && sent - stand.sent >= LEAST_PACKETS) stand.losses += 1;
      stand.sent = sent;
    }
  }

  #linksOf(vnf: string, instance: string): Map<string, Stand> {
    const known = this.#stands.get(vnf);
    if (known?.instance === instance) return known.links;
    const links = new Map<string, Stand>();
    this.#stands.set(vnf, { instance, links });
    return links;
  }

  #isSilent(links: Map<string, Stand>, name: string, received: bigint): boolean {
    const stand = links.get(name);
    if (stand?.received !== received) {
      const { changes = -1, disproved = 0, losses = 0 } = stand ?? {};
      const known = { changes: changes + 1, disproved: Math.max(disproved, losses) };
      links.set(name, { received, sent: undefined, losses: 0, ...known });
      return false;
    }
    const { changes, disproved, losses } = stand;
    return changes >= LEAST_CHANGES && losses >= Math.max(LEAST_LOOKS, SAFETY * disproved);
  }
}
