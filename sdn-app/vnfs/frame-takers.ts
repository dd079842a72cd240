/** Who takes the frames for a VNF that one switch sends to the controller. */
import type { Topology } from '../contract/topology.js';
import type { PacketIn } from '../openflow/index.js';
import { divertedPorts, type DivertedFrame } from '../steering/index.js';

/** A switch that hands in packets; returns what ends it. */
interface PacketSource {
  takePackets(take: (packet: PacketIn) => void): () => void;
}

export type TakeFrame = (frame: DivertedFrame) => void;

/** Listens to the switch only while somebody takes: most of the time nobody does. */
export class FrameTakers {
  readonly #topology: Topology;
  readonly #takers = new Map<
    TakeFrame,
    { portOf: ReturnType<typeof divertedPorts>; take: TakeFrame }
  >();
  #source: PacketSource | undefined;
  #stop: (() => void) | undefined;

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  attach(source: PacketSource): void {
    this.detach();
    this.#source = source;
    this.#listen();
  }

  detach(): void {
    this.#stop?.();
    this.#stop = this.#source = undefined;
  }

  /** Returns what ends it. */
  add(vnf: string, take: TakeFrame): () => void {
    this.#takers.set(take, { portOf: divertedPorts(this.#topology, vnf), take });
    this.#listen();
    return () => {
      this.#takers.delete(take);
      if (this.#takers.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  #listen(): void {
    if (this.#takers.size === 0) return;
    this.#stop ??= this.#source?.takePackets((packet) => this.#hand(packet));
  }

  #hand(packet: PacketIn): void {
    for (const { portOf, take } of this.#takers.values()) {
      const port = portOf(packet);
      if (port !== undefined) take({ port, frame: packet.data });
    }
  }
}
