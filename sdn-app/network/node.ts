/** One switch of the network: its ports with what is behind them, and the way to tell it something. */
import { port as portNumber, type Action, type Outgoing, type Port } from '../openflow/index.js';
import { SwitchError } from '../switch/index.js';
import type { GraphNode } from './paths.js';

/**
 * What is behind a port. `probing`: not yet known, so that nothing is sent or learned there. `edge`:
 * hosts. `link`: another switch of this controller, also one whose direction back is not yet proven.
 * `blocked`: hosts that are behind another port too, because somebody else's bridges join the two.
 * `steered`: a link of the topology, which steering alone serves. `down`: no link.
 */
export type PortRole = 'probing' | 'edge' | 'link' | 'blocked' | 'steered' | 'down';

export interface NodePort {
  readonly number: number;
  readonly name: string;
  readonly hwAddr: string;
  role: PortRole;
  /** A link by what the switch's own flows say, until this time; discovery has not yet confirmed it. */
  presumedUntilMs: number;
  /** When discovery frames were last sent out of it. */
  probedMs: number;
}

/** What the network needs of a connected switch. */
export interface NodeSession {
  readonly ports: readonly Port[];
  /** Nobody waits for an answer. Throws SwitchError when they cannot be sent; none of them is then. */
  post(messages: readonly Outgoing[]): void;
}

/** The two tables of a switch that are the network's. */
export interface Tables {
  /** Who may be learned: known sources and links go on to `forward`, all others to the controller. */
  readonly learn: number;
  readonly forward: number;
}

export class SwitchNode implements GraphNode<SwitchNode> {
  readonly dpid: bigint;
  readonly name: string;
  readonly tables: Tables;
  readonly ports = new Map<number, NodePort>();
  /** Links that are proven in both directions. */
  readonly links = new Map<number, { readonly node: SwitchNode; readonly port: number }>();
  /** Messages that a switch which does not read fast enough has not got. */
  unsent = 0;
  /** Called when a flow-mod could not be sent: what the switch has must be compared anew. */
  onBehind: () => void = () => undefined;
  #session: NodeSession | undefined;
  #edge: Action[] | undefined;
  #probing: NodePort[] | undefined;

  constructor(dpid: bigint, name: string, tables: Tables) {
    this.dpid = dpid;
    this.name = name;
    this.tables = tables;
  }

  get session(): NodeSession | undefined {
    return this.#session;
  }

  attach(session: NodeSession | undefined): void {
    this.#session = session;
  }

  send(...messages: Outgoing[]): void {
    if (this.#session === undefined || messages.length === 0) return;
    try {
      this.#session.post(messages);
    } catch (error) {
      if (!(error instanceof SwitchError)) throw error;
      this.unsent += messages.length;
      if (messages.some(({ type }) => type === 'flowMod')) this.onBehind();
    }
  }

  setRole(port: NodePort, role: PortRole): void {
    if (port.role === role) return;
    port.role = role;
    this.#rolesChanged();
  }

  addPort(port: NodePort): void {
    this.ports.set(port.number, port);
    this.#rolesChanged();
  }

  removePort(number: number): void {
    this.ports.delete(number);
    this.#rolesChanged();
  }

  /** Outputs to every port with hosts; a switch leaves out the one that a frame came in by. */
  get edgeOutputs(): Action[] {
    this.#edge ??= [...this.ports.values()]
      .filter(({ role }) => role === 'edge')
      .map(({ number }) => output(number));
    return this.#edge;
  }

  /** Ports of which it is not yet known what is behind them. */
  get probing(): readonly NodePort[] {
    this.#probing ??= [...this.ports.values()].filter(({ role }) => role === 'probing');
    return this.#probing;
  }

  #rolesChanged(): void {
    this.#edge = undefined;
    this.#probing = undefined;
  }
}

export function output(port: number): Action {
  return { type: 'output', port, maxLength: 0 };
}

/** Ports that may lead to another switch; the switch's own local port does not. */
export function isProbed({ number }: NodePort): boolean {
  return number <= portNumber.max;
}
