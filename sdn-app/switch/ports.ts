/** The ports that a switch says it has, kept current by PORT_STATUS. */
import { port as portNumber, type Port, type PortStatus } from '../openflow/index.js';

export class PortTable {
  readonly #ports = new Map<number, Port>();
  /** Ports that the switch has called live: not every switch does. */
  readonly #lively = new Set<number>();

  constructor(ports: readonly Port[]) {
    for (const port of ports) this.#set(port);
  }

  get all(): readonly Port[] {
    return [...this.#ports.values()];
  }

  /** Number by name, without the reserved ones (OpenFlow 1.3.5 section 7.2.1). */
  get numbers(): Map<string, number> {
    const usable = this.all.filter(({ portNo }) => portNo <= portNumber.max);
    return new Map(usable.map(({ name, portNo }) => [name, portNo]));
  }

  /** OpenFlow 1.3.5 section 7.4.3. */
  apply({ reason, port }: PortStatus): void {
    if (reason !== 'delete') {
      this.#set(port);
      return;
    }
    this.#ports.delete(port.portNo);
    this.#lively.delete(port.portNo);
  }

  /**
   * Names of the ports that are down. Open vSwitch tells that a port is no more live some
   * milliseconds before it tells that its link is down.
   */
  get down(): Set<string> {
    const down = this.all.filter(
      (port) => !isUp(port) || (this.#lively.has(port.portNo) && !port.state.includes('live')),
    );
    return new Set(down.map(({ name }) => name));
  }

  #set(port: Port): void {
    this.#ports.set(port.portNo, port);
    if (port.state.includes('live')) this.#lively.add(port.portNo);
  }
}

/** Neither switched off by an operator nor without a link. */
export function isUp(port: Port): boolean {
  return !port.config.includes('portDown') && !port.state.includes('linkDown');
}
