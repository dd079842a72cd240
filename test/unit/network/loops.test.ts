// Somebody else's bridges behind ports of the network, and hosts that are in two places.
import t, { type Test } from 'tap';
import type { FlowMod } from '../../../sdn-app/openflow/index.js';
import { NetworkView } from '../../../sdn-app/network/index.js';
import { Fabric, HOST_PORT, type FakeSwitch, type Host } from './fabric.js';

/** Three rounds of discovery and what is left of one. */
const AGED_MS = 25_000;

async function pair(edges: [number, number][], chance = 1) {
  const fabric = new Fabric(2, edges, chance);
  await fabric.connectAll();
  const [a, b] = fabric.hosts;
  if (a === undefined || b === undefined) throw new Error('no hosts');
  return { fabric, a, b };
}

function rolesAt({ network }: Fabric, ends: readonly { node: FakeSwitch; port: number }[]) {
  return ends.map(
    ({ node, port }) => network.nodes.find(({ dpid }) => dpid === node.dpid)?.ports.get(port)?.role,
  );
}

const heardBy = (found: readonly Host[]) => found.map(({ mac }) => mac).sort();
const macsOf = (...hosts: Host[]) => heardBy(hosts);
const eventsOf = ({ events }: Fabric, type: string) =>
  events.since(0).filter((event) => event.type === type);
const flowsOf = ({ switches }: Fabric, priority: number): FlowMod[] =>
  switches.flatMap(({ flows }) => flows.filter((flow) => flow.priority === priority));

const othersOf = (from: Host, hosts: readonly Host[]) => hosts.filter((host) => host !== from);

/** Everybody hears everybody's broadcasts, once. */
async function allHear(t: Test, fabric: Fabric, hosts: readonly Host[]): Promise<void> {
  for (const from of hosts) {
    const all = macsOf(...othersOf(from, hosts));
    t.same(heardBy(await fabric.send(from, undefined)), all, `${from.mac} to all`);
  }
}

async function allIsWell(t: Test, fabric: Fabric, hosts: readonly Host[]): Promise<void> {
  await allHear(t, fabric, hosts);
  for (const from of hosts) {
    for (const to of othersOf(from, hosts)) {
      t.same(heardBy(await fabric.send(from, to)), macsOf(to), `${from.mac} to ${to.mac}`);
    }
  }
}

t.test('of two ports that a bridge joins, one serves what is behind it', async (t) => {
  for (const chance of [1, 2, 3, 4, 5]) {
    const { fabric, a, b } = await pair([[0, 1]], chance);
    const bridge = fabric.bridge(fabric.switches);
    await fabric.settle();
    t.same(rolesAt(fabric, bridge.ends), ['edge', 'blocked']);
    t.equal(eventsOf(fabric, 'network.portBlocked').length, 1);
    await allIsWell(t, fabric, [a, b, bridge.host]);
    fabric.network.close();
  }
});

t.test(
  'a bridge that joins ports which had hosts for long is found by its first frame',
  async (t) => {
    for (const chance of [1, 2, 3, 4, 5]) {
      const { fabric, a, b } = await pair([[0, 1]], chance);
      const apart = fabric.switches.map((node) => fabric.bridge([node]));
      await fabric.settle();
      for (const { ends } of apart) t.same(rolesAt(fabric, ends), ['edge']);
      const bridge = fabric.join(apart);
      // It goes round until discovery's own frame has: no storm, which would end the test.
      await fabric.send(a, undefined);
      t.same(rolesAt(fabric, bridge.ends), ['edge', 'blocked']);
      await fabric.settle();
      t.same(flowsOf(fabric, 2500), [], 'nobody is held where he is not');
      await allIsWell(t, fabric, [a, b, bridge.host]);
      fabric.network.close();
    }
  },
);

t.test('the port is opened again when the bridge is gone', async (t) => {
  const { fabric, a, b } = await pair([[0, 1]]);
  const bridge = fabric.bridge(fabric.switches);
  await fabric.settle();
  const [kept, blocked] = [...bridge.ends];
  if (kept === undefined || blocked === undefined) throw new Error('no ports');
  t.equal(flowsOf(fabric, 3500).length, 1, 'what comes in there is dropped by the switch');
  fabric.unplug(bridge, blocked.node);
  await fabric.settle(AGED_MS);
  t.same(rolesAt(fabric, [kept, blocked]), ['edge', 'edge']);
  t.same(flowsOf(fabric, 3500), []);
  t.equal(eventsOf(fabric, 'network.portOpened').length, 1);
  await allIsWell(t, fabric, [a, b, bridge.host]);
  fabric.network.close();
});

t.test('two networks that nothing but a bridge joins are joined by it', async (t) => {
  const { fabric, a, b } = await pair([]);
  const bridge = fabric.bridge(fabric.switches);
  await fabric.settle();
  t.same(rolesAt(fabric, bridge.ends), ['edge', 'edge']);
  // Each host is in both networks at once: nobody is held for that.
  for (let round = 0; round < 5; round += 1) await allHear(t, fabric, [a, b, bridge.host]);
  fabric.network.close();
});

t.test('a host that is in two places at once stays in one', async (t) => {
  const { fabric, a, b } = await pair([[0, 1]]);
  const twin: Host = { ...b, mac: a.mac, port: HOST_PORT, heard: [] };
  for (let index = 0; index < 20; index += 1) {
    await fabric.send(a, b);
    await fabric.send(twin, a);
  }
  t.ok(eventsOf(fabric, 'network.hostMoved').length <= 5, 'it moves five times');
  t.equal(eventsOf(fabric, 'network.hostFlapping').length, 1);
  t.ok(flowsOf(fabric, 2500).length === 1, 'the switch drops what comes from the other place');
  const { counters } = fabric.network.forwarding;
  t.ok(counters.refused > 0 && counters.refused < 20, `${counters.refused} refused`);
  t.equal(new NetworkView(fabric.network, fabric.clock).hosts().length, 1);
  fabric.network.close();
});
