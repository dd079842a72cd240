/** The trunks that live, and the ways over them: shortest paths, and one tree for floods. */
import { resolveTrunks, type ResolvedTrunk, type TrunkEnd } from '../contract/resolve.js';
import type { Topology } from '../contract/topology.js';
import { TREES } from './labels.js';

/** Of the tree's hash. */
const PRIME = 65_521;

/** A trunk as one of its switches sees it. */
export interface Hop {
  near: TrunkEnd;
  far: TrunkEnd;
  inTree: boolean;
}

export class Fabric {
  readonly #trunks: readonly ResolvedTrunk[];
  readonly #tree: ReadonlySet<ResolvedTrunk>;
  /** Of the tree; another set of live trunks has, but for chance, another number. */
  readonly treeNumber: number;

  /** `down` has the interface names of trunk ends that are down. */
  constructor(topology: Topology, down: ReadonlySet<string> = new Set()) {
    const all = resolveTrunks(topology);
    this.#trunks = all.filter(({ ends }) => !ends.some((end) => down.has(end.interface)));
    this.#tree = spanningTree(Object.keys(topology.switches), this.#trunks);
    const hash = all.reduce(
      (sum, trunk) => (sum * 31 + (this.#tree.has(trunk) ? 1 : 0)) % PRIME,
      1,
    );
    this.treeNumber = hash % TREES;
  }

  /** Live trunks of a switch, in file order. */
  hops(switchName: string): Hop[] {
    return this.#trunks.flatMap((trunk) => {
      const [a, b] = trunk.ends;
      const inTree = this.#tree.has(trunk);
      if (a.switch === switchName) return [{ near: a, far: b, inTree }];
      return b.switch === switchName ? [{ near: b, far: a, inTree }] : [];
    });
  }

  /** The first hop of a shortest path; among equals the first of the file. */
  next(from: string, to: string): Hop | undefined {
    const distance = this.#distancesTo(to);
    const own = distance.get(from);
    if (own === undefined || own === 0) return undefined;
    return this.hops(from).find(({ far }) => distance.get(far.switch) === own - 1);
  }

  #distancesTo(to: string): Map<string, number> {
    const distance = new Map([[to, 0]]);
    for (const [name, hops] of distance) {
      for (const { far } of this.hops(name)) {
        if (!distance.has(far.switch)) distance.set(far.switch, hops + 1);
      }
    }
    return distance;
  }
}

/** Breadth first from the first switch of each part; a loop of trunks loses one of them. */
function spanningTree(
  switches: readonly string[],
  trunks: readonly ResolvedTrunk[],
): ReadonlySet<ResolvedTrunk> {
  const tree = new Set<ResolvedTrunk>();
  const reached = new Set<string>();
  for (const root of switches) {
    if (reached.has(root)) continue;
    const part = new Set([root]);
    for (const name of part) {
      for (const trunk of trunks) {
        const [a, b] = trunk.between;
        const other = a === name ? b : b === name ? a : undefined;
        if (other === undefined || part.has(other)) continue;
        part.add(other);
        tree.add(trunk);
      }
    }
    for (const name of part) reached.add(name);
  }
  return tree;
}
