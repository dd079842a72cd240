// What hosts must not be able to do, and what is bounded.
import t from 'tap';
import { flowRemoved, portStatus } from '../../../sdn-app/openflow/index.js';
import { declaredBy, NetworkView } from '../../../sdn-app/network/index.js';
import { Learning } from '../../../sdn-app/network/learning.js';
import { lldpFrame } from '../../../sdn-app/network/lldp.js';
import { SwitchNode } from '../../../sdn-app/network/node.js';
import { Paths } from '../../../sdn-app/network/paths.js';
import { RouteTable } from '../../../sdn-app/network/routes.js';
import { topology } from '../steering/lab-network.js';
import { describePort, Fabric, HOST_PORT, type Host } from './fabric.js';

async function pair(edges: [number, number][] = [[0, 1]]): Promise<[Fabric, Host, Host]> {
  const fabric = new Fabric(2, edges);
  await fabric.connectAll();
  const [a, b] = fabric.hosts;
  if (a === undefined || b === undefined) throw new Error('no hosts');
  return [fabric, a, b];
}

t.test('a host cannot make up a link', async (t) => {
  const [fabric, host] = await pair([]);
  const claim = { dpid: 2n, port: HOST_PORT, round: 1 };
  const frame = lldpFrame(claim, '02:00:00:00:00:01', 15, Buffer.alloc(32));
  host.node.receive(host.port, frame);
  await fabric.settle();
  t.equal(fabric.network.discovery.links.list().length, 0);
  t.equal(fabric.network.discovery.forged, 1);
  fabric.network.close();
});

t.test('a host cannot use a frame of an earlier round', async (t) => {
  const [fabric, host, other] = await pair([]);
  const caught = fabric.caught.find(({ node }) => node === other.node);
  if (caught === undefined) throw new Error('no discovery frame has reached the host');
  await fabric.settle(40_000);
  host.node.receive(host.port, caught.frame);
  await fabric.settle();
  t.equal(fabric.network.discovery.links.list().length, 0);
  t.equal(fabric.network.discovery.forged, 1);
  fabric.network.close();
});

t.test('a frame that its port has gone down behind makes no link of it', async (t) => {
  const [fabric, host, other] = await pair([]);
  const caught = fabric.caught.find(({ node }) => node === other.node);
  if (caught === undefined) throw new Error('no discovery frame has reached the host');
  const port = { ...describePort(HOST_PORT), state: ['linkDown' as const] };
  fabric.network.portStatus(host.node, portStatus({ reason: 'modify', port }));
  host.node.receive(host.port, caught.frame);
  await fabric.settle();
  t.equal(fabric.network.discovery.links.list().length, 0);
  const node = fabric.network.nodes.find(({ dpid }) => dpid === host.node.dpid);
  t.equal(node?.ports.get(HOST_PORT)?.role, 'down');
  fabric.network.close();
});

t.test('a link that works one way only is not used, and nobody is looked for there', async (t) => {
  const [fabric, a, b] = await pair();
  t.same(await fabric.send(a, undefined), [b]);
  fabric.cut(b.node, 2);
  await fabric.settle(30_000);
  t.match(new NetworkView(fabric.network, fabric.clock).links(), [{ state: 'oneWay' }]);
  t.same(await fabric.send(a, undefined), []);
  t.same(await fabric.send(a, b), []);
  fabric.network.close();
});

t.test('a link that has silently broken ages out', async (t) => {
  const [fabric, , b] = await pair();
  fabric.cut(b.node, 2);
  fabric.cut(b.node, 1);
  fabric.cut(b.node === fabric.switches[0] ? b.node : (fabric.switches[0] ?? b.node), 1);
  await fabric.settle(30_000);
  t.same(fabric.network.discovery.links.list(), []);
  const roles = fabric.network.nodes.flatMap(({ ports }) => [...ports.values()].map((p) => p.role));
  t.same(new Set(roles), new Set(['edge']));
  fabric.network.close();
});

t.test('what comes before a port is known waits, and not without end', async (t) => {
  // By this chance the second switch is known first: else its places are taken for both frames.
  const fabric = new Fabric(2, [[0, 1]], 2);
  for (const node of fabric.switches) fabric.connect(node);
  await fabric.drain();
  const [a, b] = fabric.hosts;
  if (a === undefined || b === undefined) throw new Error('no hosts');
  t.same(await fabric.send(a, undefined), []);
  for (let index = 0; index < 1100; index += 1) await fabric.send(b, undefined);
  const { counters } = fabric.network.forwarding;
  t.equal(counters.dropped, 1100 - 1024);
  await fabric.settle();
  t.same(b.heard, [1]);
  t.ok(a.heard.length > 1000 && a.heard.length <= 1024, `${a.heard.length} frames`);
  fabric.network.close();
});

t.test('nobody is learned by a source address that no host can have', async (t) => {
  const [fabric, a, b] = await pair();
  a.mac = 0x0100_0000_0001;
  t.same(await fabric.send(a, undefined), [], 'the switch drops multicast sources itself');
  a.mac = 0;
  t.same(await fabric.send(a, b), []);
  t.equal(fabric.network.learning.stations.size, 0);
  t.equal(fabric.network.forwarding.counters.refused, 1);
  fabric.network.close();
});

t.test('a silent host is forgotten, and found again', async (t) => {
  const [fabric, a, b] = await pair();
  await fabric.send(a, undefined);
  await fabric.send(b, a);
  for (const node of fabric.switches) node.expireFlows();
  await fabric.drain();
  t.equal(fabric.network.learning.stations.size, 0);
  for (const { flows } of fabric.switches) {
    t.notOk(
      flows.some(({ idleTimeout }) => idleTimeout > 0),
      'no flow is left',
    );
  }
  t.same(await fabric.send(b, a), [a], 'by asking everybody');
  fabric.network.close();
});

t.test('a way that has aged is put there again with the next frame', async (t) => {
  const [fabric, a, b] = await pair();
  await fabric.send(a, undefined);
  await fabric.send(b, a);
  await fabric.send(a, b);
  const isRoute = ({ priority }: { priority: number }) => priority === 1000;
  /** Of the first switch, told or not: then it asks about the next frame of its host. */
  const lose = async (priority: number, isTold: boolean) => {
    const lost = a.node.flows.filter((flow) => flow.priority === priority);
    a.node.flows = a.node.flows.filter((flow) => !lost.includes(flow));
    for (const { cookie, match, tableId } of isTold ? lost : []) {
      const reason = 'idleTimeout';
      fabric.network.flowRemoved(a.node, flowRemoved({ cookie, priority, tableId, match, reason }));
    }
    await fabric.drain();
  };
  await lose(2000, false);
  t.same(await fabric.send(a, b), [b], 'its way is known');
  await lose(1000, true);
  await lose(2000, false);
  t.notOk(a.node.flows.some(isRoute));
  t.same(await fabric.send(a, b), [b]);
  t.ok(a.node.flows.some(isRoute), 'and there');
  fabric.network.close();
});

t.test('of too many stations the first makes room', (t) => {
  const { clock, events } = new Fabric(1, []);
  const node = new SwitchNode(1n, 's1', { learn: 0, forward: 1 });
  const learning = new Learning(new RouteTable(new Paths<SwitchNode>()), clock, events, 3);
  for (const mac of [1, 2, 3, 4]) learning.learn(node, 1, mac, Buffer.alloc(60));
  t.equal(learning.stations.size, 3);
  t.equal(learning.stations.get(1), undefined);
  t.match(events.since(0).at(-2), { type: 'network.hostGone', subject: '00:00:00:00:00:01' });
  t.end();
});

t.test('the view has addresses by ARP, and paths', async (t) => {
  const [fabric, a, b] = await pair();
  const arp = Buffer.alloc(42);
  Buffer.from('ffffffffffff020000000001080600010800060400010200000000010a000001', 'hex').copy(arp);
  a.node.receive(a.port, arp);
  await fabric.drain();
  await fabric.send(b, undefined);
  const view = new NetworkView(fabric.network, fabric.clock);
  t.match(view.hosts(), [
    { mac: '02:00:00:00:00:01', ipv4: '10.0.0.1', at: { switch: 's1', port: HOST_PORT } },
    { mac: '02:00:00:00:00:02', ipv4: null },
  ]);
  t.same(view.path('02:00:00:00:00:01', '02:00:00:00:00:02').hops, [
    { dpid: '0000000000000001', switch: 's1', inPort: HOST_PORT, outPort: 1 },
    { dpid: '0000000000000002', switch: 's2', inPort: 2, outPort: HOST_PORT },
  ]);
  const wrong = (from: string) => () => view.path(from, '02:00:00:00:00:02');
  t.throws(wrong('x'), { code: 'REQUEST_INVALID', field: 'from' });
  t.throws(wrong('02:00:00:00:00:09'), { code: 'NOT_FOUND', field: 'from' });
  t.match(view.counters(), { switches: 2, links: 1, hosts: 2, dropped: 0 });
  fabric.network.close();
});

t.test('what the topology uses is left to steering', (t) => {
  const [[name, { dpid }] = ['', { dpid: 0 }]] = Object.entries(topology.switches);
  const declared = declaredBy(topology)(BigInt(dpid));
  t.equal(declared.name, name);
  t.equal(declared.isSteered(describePort(1, `${name}-eth1`)), true);
  t.equal(declared.isSteered(describePort(77, `${name}-eth77`)), false);
  const other = declaredBy(topology)(0xffn);
  t.equal(other.name, '00000000000000ff');
  t.equal(other.isSteered(describePort(1, `${name}-eth1`)), false);
  t.not(other.tables.learn, declared.tables.learn);
  t.end();
});
