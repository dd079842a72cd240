/** Shortest paths over the graph of switches: every hop counts the same. */

/** A switch as path finding sees it: its links by the number of its own port. */
export interface GraphNode<N> {
  readonly dpid: bigint;
  readonly links: ReadonlyMap<number, { readonly node: N; readonly port: number }>;
}

export interface Hop {
  /** Port on the way to the root; 0 at the root itself. */
  port: number;
  /** Links to the root. */
  hops: number;
}

/**
 * The first hop from every switch that reaches `root`, nearest first. Of several shortest paths the
 * one over the switch with the lowest datapath id is taken, then that by the lowest port: the same
 * graph gives the same paths, in whatever order it was discovered.
 */
export function pathsTo<N extends GraphNode<N>>(root: N): Map<N, Hop> {
  const found = new Map<N, Hop>([[root, { port: 0, hops: 0 }]]);
  let frontier = [root];
  for (let hops = 1; frontier.length > 0; hops += 1) {
    const next: N[] = [];
    for (const near of frontier) {
      for (const { node, port } of near.links.values()) {
        const known = found.get(node);
        if (known === undefined) {
          found.set(node, { port, hops });
          next.push(node);
        } else if (known.hops === hops && leadsTo(node, known.port) === near) {
          known.port = Math.min(known.port, port);
        }
      }
    }
    frontier = next.sort(byDpid);
  }
  return found;
}

function leadsTo<N extends GraphNode<N>>(node: N, port: number): N | undefined {
  return node.links.get(port)?.node;
}

function byDpid<N extends GraphNode<N>>(a: N, b: N): number {
  return a.dpid < b.dpid ? -1 : a.dpid > b.dpid ? 1 : 0;
}

/** Paths to each root, found once for every state of the graph. */
export class Paths<N extends GraphNode<N>> {
  readonly #toRoot = new Map<N, ReadonlyMap<N, Hop>>();

  /** Empty of what was found so far: the graph has changed. */
  clear(): void {
    this.#toRoot.clear();
  }

  to(root: N): ReadonlyMap<N, Hop> {
    let found = this.#toRoot.get(root);
    if (found === undefined) {
      found = pathsTo(root);
      this.#toRoot.set(root, found);
    }
    return found;
  }

  /** From `from` to `root`, both included; undefined when there is none. */
  between(from: N, root: N): N[] | undefined {
    const hops = this.to(root);
    const path: N[] = [];
    for (let at: N | undefined = from; at !== undefined;) {
      const hop = hops.get(at);
      if (hop === undefined) return undefined;
      path.push(at);
      at = at === root ? undefined : at.links.get(hop.port)?.node;
    }
    return path;
  }
}
