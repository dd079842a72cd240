/**
 * Whether packets of a host still arrive at the switch while its agent is silent: then it is the agent
 * that stands still, and not the host.
 */
import type { RecoveryPorts } from '../ports.js';

/** Between two looks at the switch's counts. */
const PERIOD_MS = 250;
/** A packet that came so long ago says nothing of now. */
const RECENT_MS = 700;
/** Counts of an earlier silence. */
const OLD_MS = 2000;

type PulsePorts = Pick<RecoveryPorts, 'steering' | 'clock'>;

interface Counted {
  host: string;
  askedAt: number;
  received: bigint | undefined;
  grewAt: number;
}

export class Pulse {
  readonly #ports: PulsePorts;
  readonly #counted = new Map<string, Counted>();

  constructor(ports: PulsePorts) {
    this.#ports = ports;
  }

  /** By the links of one VNF on the host. To be asked again and again while the host is silent. */
  beats(vnf: string, host: string): boolean {
    const now = this.#ports.clock.monotonicMs();
    let counted = this.#counted.get(vnf);
    if (counted?.host !== host || now - counted.askedAt > OLD_MS) {
      counted = { host, askedAt: -Infinity, received: undefined, grewAt: -Infinity };
      this.#counted.set(vnf, counted);
    }
    if (now - counted.askedAt >= PERIOD_MS) {
      counted.askedAt = now;
      void this.#count(vnf, counted);
    }
    return now - counted.grewAt < RECENT_MS;
  }

  async #count(vnf: string, counted: Counted): Promise<void> {
    const { steering, clock } = this.#ports;
    // A switch that cannot be asked tells nothing.
    const links = await steering.received(vnf, counted.host).catch(() => new Map<string, null>());
    const received = [...links.values()].reduce<bigint>((sum, each) => sum + (each ?? 0n), 0n);
    if (counted.received !== undefined && received > counted.received) {
      counted.grewAt = clock.monotonicMs();
    }
    counted.received = received;
  }
}
