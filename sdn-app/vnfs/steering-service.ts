/** Every switch of the topology under one roof: the SteeringPort of placement and migrations. */
import type { Clock } from '../clock.js';
import { resolveLinks } from '../contract/resolve.js';
import type { Topology } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import { Listeners } from '../listeners.js';
import { switchOfVnf } from '../steering/index.js';
import type { Redirect, SteeringPort, SteeringWish } from './steering-port.js';
import { SwitchSteering } from './switch-steering.js';

export class SteeringService implements SteeringPort {
  readonly #switches = new Map<string, SwitchSteering>();
  readonly #switchOfVnf = new Map<string, string>();
  readonly #listeners = new Listeners<string>();

  /** Throws TOPOLOGY_INVALID for a VNF whose networks span several switches. */
  constructor(topology: Topology, clock: Clock, events: EventLog) {
    for (const name of Object.keys(topology.switches)) {
      const failed = (reason: string) => events.publish('steering.failed', name, { reason });
      const changed = () => this.#listeners.emit(name);
      this.#switches.set(name, new SwitchSteering(name, topology, clock, changed, failed));
    }
    const links = resolveLinks(topology);
    for (const [name, vnf] of Object.entries(topology.vnfs)) {
      this.#switchOfVnf.set(name, switchOfVnf(links, name, vnf));
    }
  }

  /** The steering of one switch, for its sessions to come and go. */
  bySwitch(name: string): SwitchSteering | undefined {
    return this.#switches.get(name);
  }

  switchOf(vnf: string): string {
    return this.#of(vnf).name;
  }

  connected(vnf: string): boolean {
    return this.#of(vnf).connected;
  }

  installed(vnf: string): boolean {
    return this.#of(vnf).installed(vnf);
  }

  softwareVersion(vnf: string): string | null {
    return this.#of(vnf).softwareVersion;
  }

  redirect(vnf: string, redirect: Redirect): Promise<{ bundle: boolean }> {
    return this.#of(vnf).redirect(vnf, redirect);
  }

  witness(vnf: string, srcHost: string, destHost: string): Promise<'src' | 'dest' | 'other'> {
    return this.#of(vnf).witness(vnf, srcHost, destHost);
  }

  keepRedirect(vnf: string, redirect: Redirect): Promise<void> {
    return this.#of(vnf).keepRedirect(vnf, redirect);
  }

  settle(vnf: string, host: string): Promise<void> {
    return this.#of(vnf).settle(vnf, host);
  }

  expect(vnf: string, wish: SteeringWish): void {
    this.#of(vnf).expect(vnf, wish);
  }

  subscribe(listener: (switchName: string) => void): () => void {
    return this.#listeners.add(listener);
  }

  #of(vnf: string): SwitchSteering {
    const found = this.#switches.get(this.#switchOfVnf.get(vnf) ?? '');
    if (found === undefined) throw new Error(`no switch steers VNF ${vnf}`);
    return found;
  }
}
