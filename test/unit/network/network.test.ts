// Whole networks: whoever can be reached is reached, once, whatever loops there are and in whatever
// order things happen.
import fc from 'fast-check';
import t from 'tap';
import type { FlowMod } from '../../../sdn-app/openflow/index.js';
import { Fabric, type Host } from './fabric.js';

type Edge = readonly [number, number];

const networks = fc.integer({ min: 1, max: 5 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    // Also two wires between the same switches, and one from a switch to itself.
    edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 7 }),
    chance: fc.integer({ min: 1, max: 1_000_000 }),
  }),
);

function outputOf({ instructions: [instruction] }: FlowMod): number | undefined {
  const [action] = instruction?.type === 'applyActions' ? instruction.actions : [];
  return action?.type === 'output' ? action.port : undefined;
}

/** Hosts that have a way to each other when all edges but `down` are up. */
function groups(size: number, edges: readonly Edge[], down?: number): number[] {
  const group = Array.from({ length: size }, (_, index) => index);
  for (let round = 0; round < size; round += 1) {
    edges.forEach(([a, b], index) => {
      if (index === down) return;
      const least = Math.min(group[a] ?? 0, group[b] ?? 0);
      group[a] = least;
      group[b] = least;
    });
  }
  return group;
}

function expectHeard(found: Host[], wanted: Host[], what: string): void {
  const names = (list: Host[]) =>
    list
      .map(({ mac }) => mac)
      .sort()
      .join();
  if (names(found) === names(wanted)) return;
  throw new Error(`${what}: ${names(found)} got it, not ${names(wanted)}`);
}

const reachable = ({ hosts }: Fabric, group: readonly number[], from: number): Host[] =>
  hosts.filter((_, index) => index !== from && group[index] === group[from]);

/** Everybody calls each one that can be reached. */
async function eachIsHeard(fabric: Fabric, group: readonly number[]): Promise<void> {
  for (const [index, host] of fabric.hosts.entries()) {
    for (const other of reachable(fabric, group, index)) {
      expectHeard(await fabric.send(host, other), [other], `${host.mac} to ${other.mac}`);
    }
  }
}

async function everybodyIsHeard(fabric: Fabric, group: readonly number[]): Promise<void> {
  for (const [index, host] of fabric.hosts.entries()) {
    const all = reachable(fabric, group, index);
    expectHeard(await fabric.send(host, undefined), all, `broadcast of ${host.mac}`);
  }
  await eachIsHeard(fabric, group);
  await eachIsHeard(fabric, group);
}

/** The switches have all that they need, so that the controller hears of none of it. */
async function flowsSuffice(fabric: Fabric, group: readonly number[]): Promise<void> {
  const { counters } = fabric.network.forwarding;
  const before = counters.packetIns;
  await eachIsHeard(fabric, group);
  if (counters.packetIns > before) throw new Error(`${counters.packetIns - before} packet-ins`);
}

t.test('any network', async (t) => {
  const property = fc.asyncProperty(networks, async ({ size, edges, chance }) => {
    const fabric = new Fabric(size, edges, chance);
    await fabric.connectAll();
    await everybodyIsHeard(fabric, groups(size, edges));
    fabric.network.close();
  });
  await t.resolves(fc.assert(property, { numRuns: 40, seed: 7 }));
});

t.test('any network that loses an edge and gets it back', async (t) => {
  const property = fc.asyncProperty(networks, fc.nat(6), async ({ size, edges, chance }, edge) => {
    if (edges.length === 0) return;
    const down = edge % edges.length;
    const fabric = new Fabric(size, edges, chance);
    await fabric.connectAll();
    await everybodyIsHeard(fabric, groups(size, edges));
    await fabric.setEdge(down, false);
    const left = groups(size, edges, down);
    const same = left.join() === groups(size, edges).join();
    for (const { flows } of fabric.switches) {
      const dead = [2 * down + 1, 2 * down + 2];
      if (flows.some((flow) => dead.includes(outputOf(flow) ?? 0))) throw new Error('a dead end');
    }
    if (same) await flowsSuffice(fabric, left);
    await everybodyIsHeard(fabric, left);
    await fabric.setEdge(down, true);
    await everybodyIsHeard(fabric, groups(size, edges));
    fabric.network.close();
  });
  await t.resolves(fc.assert(property, { numRuns: 25, seed: 7 }));
});

t.test(
  'any network whose controller dies, and whose switches find the next one by and by',
  async (t) => {
    const property = fc.asyncProperty(networks, async ({ size, edges, chance }) => {
      const fabric = new Fabric(size, edges, chance);
      await fabric.connectAll();
      const group = groups(size, edges);
      await everybodyIsHeard(fabric, group);
      fabric.restartController();
      await eachIsHeard(fabric, group);
      for (const node of fabric.switches) {
        fabric.connect(node);
        await fabric.settle();
        await flowsSuffice(fabric, group);
      }
      await everybodyIsHeard(fabric, group);
      fabric.network.close();
    });
    await t.resolves(fc.assert(property, { numRuns: 25, seed: 7 }));
  },
);

t.test('any network whose switches forget their flows', async (t) => {
  const property = fc.asyncProperty(networks, async ({ size, edges, chance }) => {
    const fabric = new Fabric(size, edges, chance);
    await fabric.connectAll();
    const group = groups(size, edges);
    await everybodyIsHeard(fabric, group);
    for (const node of fabric.switches) {
      fabric.network.disconnected(node);
      node.flows = [];
    }
    await fabric.connectAll();
    await flowsSuffice(fabric, group);
    await everybodyIsHeard(fabric, group);
    fabric.network.close();
  });
  await t.resolves(fc.assert(property, { numRuns: 25, seed: 7 }));
});

t.test('any network where a host moves', async (t) => {
  const property = fc.asyncProperty(networks, fc.nat(4), async ({ size, edges, chance }, to) => {
    const fabric = new Fabric(size, edges, chance);
    await fabric.connectAll();
    const group = groups(size, edges);
    await everybodyIsHeard(fabric, group);
    const [host] = fabric.hosts;
    const target = fabric.switches[to % size];
    if (host === undefined || target === undefined || group[to % size] !== group[0]) return;
    await fabric.move(host, target);
    await fabric.send(host, undefined);
    for (const other of reachable(fabric, group, 0)) {
      expectHeard(await fabric.send(other, host), [host], `${other.mac} to the moved one`);
      expectHeard(await fabric.send(host, other), [other], `the moved one to ${other.mac}`);
    }
    const seen = fabric.events.since(0).filter(({ type }) => type === 'network.hostMoved');
    if (seen.length !== 1) throw new Error(`it has moved ${seen.length} times`);
    fabric.network.close();
  });
  await t.resolves(fc.assert(property, { numRuns: 25, seed: 7 }));
});

t.test('a switch that is gone for long is forgotten, with its hosts', async (t) => {
  const fabric = new Fabric(3, [
    [0, 1],
    [1, 2],
    [2, 0],
  ]);
  await fabric.connectAll();
  await everybodyIsHeard(fabric, [0, 0, 0]);
  const [, gone] = fabric.switches;
  if (gone === undefined) throw new Error('no switch');
  fabric.network.disconnected(gone);
  gone.hear = () => undefined;
  gone.flows = [];
  await fabric.settle(5000);
  t.equal(fabric.network.nodes.length, 2);
  t.equal(fabric.network.learning.stations.size, 2);
  t.equal(fabric.network.discovery.links.list().length, 1);
  await everybodyIsHeard(fabric, [0, 1, 0]);
  fabric.network.close();
});
