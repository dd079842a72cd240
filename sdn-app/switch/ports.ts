/** The ports that a switch says it has, kept current by PORT_STATUS. */
import { port as portNumber, type Port, type PortStatus } from '../openflow/index.js';

export class PortTable {
  readonly #ports = new Map<number, Port>();

  constructor(ports: readonly Port[]) {
    for (const port of ports) this.#ports.set(port.portNo, port);
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
    if (reason === 'delete') this.#ports.delete(port.portNo);
    else this.#ports.set(port.portNo, port);
  }
}

/** Neither switched off by an operator nor without a link. */
export function isUp(port: Port): boolean {
  return !port.config.includes('portDown') && !port.state.includes('linkDown');
}
