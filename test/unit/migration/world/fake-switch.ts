/** One switch: takes commits as one change, may lose its connection at any point of them. */
import {
  packetIn,
  port,
  type PacketIn,
  type PlainMessage,
} from '../../../../sdn-app/openflow/index.js';
import { cookieOf, MARKER_KIND } from '../../../../sdn-app/steering/index.js';
import { SteeringError } from '../../../../sdn-app/vnfs/steering-port.js';
import type { SteeredSwitch } from '../../../../sdn-app/vnfs/steered-switch.js';
import { FakeTable } from '../../steering/fake-table.js';
import { MAC, PORT } from '../../steering/lab-network.js';
import type { FakeClock } from './fake-clock.js';

/** Of a marker frame: where its kind stands, and the one that orders a standby to take over. */
const KIND_AT = 19;
const TAKEOVER = MARKER_KIND.takeover;

const HALF_WAY_MS = 1;
const PACKET_IN_MS = 3;
const PORTS = new Map(Object.values(PORT).map((number) => [`s1-eth${number}`, number]));

export const PORTS_OF_HOST: Record<string, { inside: number; outside: number }> = {
  host1: { inside: PORT.host1Inside, outside: PORT.host1Outside },
  host2: { inside: PORT.host2Inside, outside: PORT.host2Outside },
};

export class FakeSwitch {
  table = new FakeTable();
  /** The next commit is refused, with nothing changed. */
  refuseNext = false;
  /** So many commits of any kind are refused, with nothing changed: the switch does not read. */
  busyFor = 0;
  /** Port names and numbers, as the switch has them. */
  ports: ReadonlyMap<string, number> = PORTS;
  downPorts: ReadonlySet<string> = new Set();
  /** Looks at the table after each commit. */
  onApplied: (table: FakeTable) => void = () => undefined;
  readonly #clock: FakeClock;
  readonly #point: (name: string) => void;
  readonly #deliver: (port: number, frame: Buffer) => void;
  readonly #takers = new Set<(packet: PacketIn) => void>();
  /** Commits that were prepared are forgotten at once. */
  forgetful = false;

  /** By which message a commit is known for a redirect; without markers a group that changes. */
  redirectShows: 'packetOut' | 'groupMod' = 'packetOut';

  constructor(
    clock: FakeClock,
    point: (name: string) => void,
    deliver: (port: number, frame: Buffer) => void,
  ) {
    this.#clock = clock;
    this.#point = point;
    this.#deliver = deliver;
  }

  /** A frame comes in; one for the controller is some time under way. */
  receive(inPort: number, frame: Buffer): void {
    const [ethDst = '', ethSrc = ''] = [frame.subarray(0, 6), frame.subarray(6, 12)].map((mac) =>
      [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
    );
    for (const out of this.table.outputs({ inPort, ethSrc, ethDst })) {
      if (out === port.controller) this.#clock.after(PACKET_IN_MS, () => this.#handIn(frame));
      else this.#deliver(out, frame);
    }
  }

  #handIn(data: Buffer): void {
    const told = { totalLength: data.length, reason: 'action', tableId: 1 } as const;
    const message = packetIn({ ...told, cookie: cookieOf(1), match: [], data });
    for (const take of this.#takers) take(message);
  }

  /** A session that lives as long as `open` says. */
  session(open: () => boolean): SteeredSwitch {
    const answer = async <T>(value: () => T): Promise<T> => {
      await this.#pause();
      if (!open()) throw new SteeringError('unknown', 'the switch is gone');
      return value();
    };
    const commit = async (messages: readonly PlainMessage[]) => {
      if (!open()) throw new SteeringError('unchanged', 'the switch is not connected');
      const redirects = messages.some(
        (each) => each.type === this.redirectShows && !isTakeover(each),
      );
      const settles = !redirects && messages.some(isGroupChange);
      await this.#pause();
      if (redirects) this.#point('commit');
      if (settles) this.#point('settle');
      if (!open()) throw new SteeringError('unknown', 'the switch was lost');
      if (this.refuseNext && redirects) {
        this.refuseNext = false;
        throw new SteeringError('unchanged', 'the switch refused');
      }
      if (this.busyFor > 0) {
        this.busyFor -= 1;
        throw new SteeringError('unchanged', 'the switch does not read fast enough');
      }
      const sentBefore = this.table.sent.length;
      this.table.apply(messages);
      this.onApplied(this.table);
      this.#deliverAll(sentBefore);
      if (redirects) this.#point('committed');
      if (settles) this.#point('settled');
      await this.#pause();
      if (!open()) throw new SteeringError('unknown', 'the switch was lost');
      return { bundle: true };
    };
    return {
      softwareVersion: () => '3.1.0',
      prepare: async (messages) => {
        await answer(() => undefined);
        return {
          commit: async () => {
            if (this.forgetful) throw new SteeringError('unchanged', 'the bundle has expired');
            await commit(messages);
          },
          discard: () => Promise.resolve(),
        };
      },
      post: (messages) => {
        if (!open()) throw new SteeringError('unchanged', 'the switch is not connected');
        const sentBefore = this.table.sent.length;
        this.table.apply(messages);
        this.#deliverAll(sentBefore);
      },
      takePackets: (take) => {
        const whileOpen = (packet: PacketIn) => {
          if (open()) take(packet);
        };
        this.#takers.add(whileOpen);
        return () => this.#takers.delete(whileOpen);
      },
      ports: () => this.ports,
      downPorts: () => this.downPorts,
      received: () => answer(() => null),
      groups: () => answer(() => this.table.groups.map((group) => ({ ...group }))),
      ownedFlows: () => answer(() => [...this.table.flows]),
      commit,
    };
  }

  /** Hosts that get a client's and a server's frames for the VNF. */
  activeHosts(): string[] {
    const inside = this.#outputs(PORT.client, MAC.client, MAC.inside);
    const outside = this.#outputs(PORT.server, MAC.server, MAC.outside);
    return Object.entries(PORTS_OF_HOST)
      .filter(([, ports]) => inside.includes(ports.inside) && outside.includes(ports.outside))
      .map(([host]) => host);
  }

  /** Hosts that may send with the VNF's MAC. */
  speakers(): string[] {
    return Object.entries(PORTS_OF_HOST)
      .filter(([, ports]) => this.#outputs(ports.inside, MAC.inside, MAC.client).length > 0)
      .map(([host]) => host);
  }

  #deliverAll(from: number): void {
    for (const { port: out, data } of this.table.sent.slice(from)) this.#deliver(out, data);
  }

  #outputs(inPort: number, ethSrc: string, ethDst: string): number[] {
    return this.table.outputs({ inPort, ethSrc, ethDst });
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(HALF_WAY_MS, resolve));
  }
}

function isGroupChange(message: PlainMessage): boolean {
  return message.type === 'groupMod' && message.command === 'modify';
}

function isTakeover(message: PlainMessage): boolean {
  return message.type === 'packetOut' && message.data[KIND_AT] === TAKEOVER;
}
