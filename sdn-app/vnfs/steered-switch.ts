/** A connected switch as steering sees it: nothing of its connection. */
import type { GroupDescription, PacketIn, PlainMessage } from '../openflow/index.js';
import type { OwnedFlow } from '../steering/index.js';
import type { PreparedCommit } from './ready-commits.js';

/** What steering needs of a connected switch. */
export interface SteeredSwitch {
  softwareVersion(): string | null;
  /** Port names to numbers, as of now. */
  ports(): ReadonlyMap<string, number>;
  /** Names of the ports that are down. */
  downPorts(): ReadonlySet<string>;
  /** Rejects with SteeringError. */
  commit(messages: readonly PlainMessage[]): Promise<{ bundle: boolean }>;
  /** Sends packet-outs, unanswered. Throws SteeringError `unchanged`. */
  post(messages: readonly PlainMessage[]): void;
  /** Returns what ends it. */
  takePackets(take: (packet: PacketIn) => void): () => void;
  /** Undefined when the switch cannot have a commit before it takes effect. */
  prepare(messages: readonly PlainMessage[]): Promise<PreparedCommit | undefined>;
  groups(): Promise<readonly GroupDescription[]>;
  /** Packets that have come in by a port; null when the switch does not count them. */
  received(port: number): Promise<bigint | null>;
  ownedFlows(): Promise<readonly (OwnedFlow & { packetCount?: bigint })[]>;
}
