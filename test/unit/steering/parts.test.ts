// A VNF whose work several instances share: who gets what, who may speak, whose markers go where.
import t from 'tap';
import {
  compile,
  difference,
  install,
  owned,
  servingOn,
  sharedBy,
  switchNetwork,
  switchover,
  instanceLinks,
  witness,
  type Placement,
} from '../../../sdn-app/steering/index.js';
import { FakeTable } from './fake-table.js';
import { topologySchema } from '../../../sdn-app/contract/topology.js';
import { MAC, PORT, network, portNumbers, topology, topologyInput } from './lab-network.js';

const FLOWS = 'src=10.0.128.0/17';
const part = (host: string) => [{ number: 0, flows: FLOWS, host }];
const before = sharedBy(topology, 'nat1', 'host1', part('host1'));
const shared = sharedBy(topology, 'nat1', 'host1', part('host2'));
const moving = sharedBy(topology, 'nat1', 'host1', part('host2'), {
  srcHost: 'host1',
  destHost: 'host2',
});

const installed = (placement: Placement) =>
  new FakeTable().apply(install(compile(network, [placement]), 1, owned([], [])));

const up = (ipv4Src: string) => ({
  ...{ inPort: PORT.client, ethSrc: MAC.client, ethDst: MAC.inside },
  ...{ ipv4Src, ipv4Dst: '203.0.113.10' },
});
const down = (ipv4Dst: string) => ({
  ...{ inPort: PORT.server, ethSrc: MAC.server, ethDst: MAC.outside },
  ...{ ipv4Src: '203.0.113.10', ipv4Dst },
});

t.test('each part goes to its own instance, both ways', (t) => {
  const table = installed(shared);
  t.same(table.outputs(up('10.0.0.9')), [PORT.host1Inside]);
  t.same(table.outputs(up('10.0.127.255')), [PORT.host1Inside]);
  t.same(table.outputs(up('10.0.128.0')), [PORT.host2Inside]);
  t.same(table.outputs(down('203.0.113.2')), [PORT.host1Outside]);
  t.same(table.outputs(down('203.0.113.3')), [PORT.host2Outside]);
  t.same(
    table.outputs({ ...up('10.0.0.9'), ipv4Src: undefined, ethType: 0x0806 } as never),
    [PORT.host1Inside, PORT.host2Inside],
    'an answer to ARP goes to all',
  );
  t.end();
});

t.test('all that share the work may speak, and nobody else', (t) => {
  const table = installed(shared);
  const speaks = (inPort: number) =>
    table.outputs({ inPort, ethSrc: MAC.inside, ethDst: MAC.client }).length > 0;
  t.ok(speaks(PORT.host1Inside));
  t.ok(speaks(PORT.host2Inside));
  const alone = installed(servingOn(topology, 'nat1', 'host1'));
  t.same(alone.outputs({ inPort: PORT.host2Inside, ethSrc: MAC.inside, ethDst: MAC.client }), []);
  t.end();
});

t.test('a part moves by its groups and markers alone', (t) => {
  const from = compile(network, [before]);
  const messages = switchover({
    ...{ network, vnf: 'nat1', from, to: compile(network, [moving]), generation: 1 },
    srcLinks: instanceLinks(topology, 'nat1', 'host1'),
    token: '00'.repeat(16),
  });
  t.same(
    messages.filter(({ type }) => type === 'groupMod').map((each) => each.type),
    ['groupMod', 'groupMod'],
    'one for each port: who hears ARP changes later',
  );
  const table = installed(before).apply(messages);
  t.same(table.outputs(up('10.0.128.1')), [PORT.host2Inside]);
  t.same(table.outputs(up('10.0.0.1')), [PORT.host1Inside]);
  t.same(
    table.sent.map(({ port }) => port),
    [PORT.host1Inside, PORT.host1Outside],
    'markers for srcInst',
  );
  const egress = { ethSrc: MAC.inside, ethDst: MAC.inside, ethType: 0x88b5 };
  t.same(table.outputs({ ...egress, inPort: PORT.host1Inside }), [PORT.host2Inside]);
  const candidates = {
    src: instanceLinks(topology, 'nat1', 'host1'),
    dest: instanceLinks(topology, 'nat1', 'host2'),
  };
  t.equal(witness(network, table.groups, 'nat1', candidates, 0), 'dest');
  t.equal(witness(network, table.groups, 'nat1', candidates), 'src', 'the rest stays');
  t.equal(witness(network, installed(before).groups, 'nat1', candidates, 0), 'src');
  t.end();
});

t.test('what is narrower comes first, and merging leaves nothing behind', (t) => {
  const nested = sharedBy(topology, 'nat1', 'host2', [
    { number: 3, flows: 'src=10.0.0.0/16', host: 'host1' },
    { number: 1, flows: FLOWS, host: 'host2' },
  ]);
  const table = installed(nested);
  t.same(table.outputs(up('10.0.128.1')), [PORT.host2Inside]);
  t.same(table.outputs(up('10.0.0.1')), [PORT.host1Inside]);
  const alone = compile(network, [servingOn(topology, 'nat1', 'host1')]);
  const merged = installed(shared).apply(difference(compile(network, [shared]), alone, 1));
  const fresh = installed(servingOn(topology, 'nat1', 'host1'));
  t.equal(merged.flows.length, fresh.flows.length);
  t.equal(merged.groups.length, fresh.groups.length);
  t.end();
});

t.test('a part by its port takes TCP and UDP, and what is narrower comes first', (t) => {
  const { nat1, ...vnfs } = topology.vnfs;
  if (nat1 === undefined) throw new Error('the topology has no nat1');
  const ids = topologySchema.parse({
    ...topologyInput,
    vnfs: { ...vnfs, ids1: { ...topologyInput.vnfs.nat1, kind: 'ids', config: {} } },
  });
  const placed = sharedBy(ids, 'ids1', 'host1', [
    { number: 0, flows: 'dport=80', host: 'host2' },
    { number: 1, flows: 'src=10.0.0.0/24,dport=80', host: 'host1' },
  ]);
  const { flows } = compile(switchNetwork(ids, 's1', portNumbers), [placed]);
  const byPort = flows.filter(({ match }) => match.ipProto !== undefined);
  t.equal(byPort.length, 8, 'two parts, two ports, two protocols');
  const [wide, narrow] = [undefined, '10.0.0.0/24'].map((ipv4Src) =>
    byPort.find(({ match }) => match.tcpDst === 80 && match.ipv4Src === ipv4Src),
  );
  t.match(wide?.match, { ethDst: MAC.inside, ethType: 0x0800, ipProto: 6 });
  t.ok(byPort.some(({ match: { ethDst, udpSrc } }) => ethDst === MAC.outside && udpSrc === 80));
  t.ok((narrow?.priority ?? 0) > (wide?.priority ?? 0));
  t.end();
});
