// Shortest paths on any graph: as short as can be, without circles, the same in whatever order the
// links were found.
import fc from 'fast-check';
import t from 'tap';
import { Paths, pathsTo } from '../../../sdn-app/network/paths.js';

class Node {
  readonly links = new Map<number, { node: Node; port: number }>();
  constructor(readonly dpid: bigint) {}
}

type Edge = readonly [number, number];

const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }),
  }),
);

/** The ports of an edge are those of its place in the list, in whatever order it is added. */
function build(size: number, edges: readonly Edge[], order: readonly number[]): Node[] {
  const nodes = Array.from({ length: size }, (_, index) => new Node(BigInt(index)));
  for (const index of order) {
    const [a, b] = edges[index] ?? [0, 0];
    const [from, to] = [nodes[a], nodes[b]];
    if (from === undefined || to === undefined) continue;
    const ports = [2 * index + 1, 2 * index + 2] as const;
    from.links.set(ports[0], { node: to, port: ports[1] });
    to.links.set(ports[1], { node: from, port: ports[0] });
  }
  return nodes;
}

/** Floyd and Warshall: slow and obvious. */
function distances(size: number, edges: readonly Edge[]): number[][] {
  const far = Infinity;
  const all = Array.from({ length: size }, (_, a) =>
    Array.from({ length: size }, (_, b) =>
      a === b ? 0 : edges.some(([x, y]) => (x === a && y === b) || (x === b && y === a)) ? 1 : far,
    ),
  );
  const at = (a: number, b: number): number => all[a]?.[b] ?? far;
  for (let k = 0; k < size; k += 1) {
    for (let a = 0; a < size; a += 1) {
      for (let b = 0; b < size; b += 1) {
        const row = all[a];
        if (row !== undefined) row[b] = Math.min(at(a, b), at(a, k) + at(k, b));
      }
    }
  }
  return all;
}

t.test('every path is a shortest one', (t) => {
  const property = fc.property(graphs, ({ size, edges }) => {
    const nodes = build(size, edges, [...edges.keys()]);
    const shortest = distances(size, edges);
    const paths = new Paths<Node>();
    nodes.forEach((root, to) => {
      nodes.forEach((from, index) => {
        const wanted = shortest[index]?.[to] ?? Infinity;
        const path = paths.between(from, root);
        if ((path?.length ?? Infinity) !== wanted + 1) throw new Error(`${index} to ${to}`);
        if (new Set(path).size !== (path?.length ?? 0)) throw new Error('a circle');
      });
    });
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 200, seed: 7 }));
  t.end();
});

t.test('the order of discovery changes nothing', (t) => {
  const cases = graphs.chain(({ size, edges }) =>
    fc.record({
      size: fc.constant(size),
      edges: fc.constant(edges),
      order: fc.shuffledSubarray([...edges.keys()], { minLength: edges.length }),
    }),
  );
  const property = fc.property(cases, ({ size, edges, order }) => {
    const table = (nodes: Node[]) =>
      nodes.map((root) =>
        [...pathsTo(root)].map(([{ dpid }, hop]) => `${dpid} ${hop.port} ${hop.hops}`).sort(),
      );
    const straight = table(build(size, edges, [...edges.keys()]));
    const shuffled = table(build(size, edges, order));
    return JSON.stringify(straight) === JSON.stringify(shuffled);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 200, seed: 7 }));
  t.end();
});

t.test('a changed graph has to be told', (t) => {
  const [a, b] = build(2, [[0, 1]], [0]);
  if (a === undefined || b === undefined) throw new Error('no nodes');
  const paths = new Paths<Node>();
  t.same(paths.between(a, b), [a, b]);
  a.links.clear();
  b.links.clear();
  paths.clear();
  t.equal(paths.between(a, b), undefined);
  t.end();
});
