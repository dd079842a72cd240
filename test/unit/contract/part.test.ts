// Filters, what each kind of function makes of them, and how two parts lie to each other.
import t from 'tap';
import { parseFlows } from '../../../sdn-app/contract/flow-filter.js';
import { loadTopology } from '../../../sdn-app/contract/load.js';
import { partOf, relationOf } from '../../../sdn-app/contract/part.js';
import type { VnfSpec } from '../../../sdn-app/contract/topology.js';

const file = (name: string) =>
  new URL(`../../../../topologies/${name}.yaml`, import.meta.url).pathname;
const vnf = async (topology: string, name: string): Promise<VnfSpec> => {
  const found = (await loadTopology(file(topology))).vnfs[name];
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

t.test('the grammar of filters', (t) => {
  t.same(parseFlows('src=10.0.0.0/25'), { src: '10.0.0.0/25' });
  t.same(parseFlows(' src=10.0.0.0/25 , spi=4097'), { src: '10.0.0.0/25', spi: 4097 });
  t.same(parseFlows('subscriber=10.0.0.7'), { subscriber: '10.0.0.7' });
  for (const wrong of [
    ...['', 'src', 'src=', 'src=10.0.0.0', 'src=10.0.0.0/33', 'src=a=b', 'color=red'],
    ...['sport=0', 'dport=65536', 'dport=80-90', 'sport='],
    ...[
      'src=0.0.0.0/0',
      'spi=-1',
      'spi=1.5',
      'spi=99999999999',
      'src=10.0.0.0/8,src=10.0.0.0/8',
      ',',
    ],
  ]) {
    t.throws(() => parseFlows(wrong), { code: 'FLOWS_INVALID', field: 'flows' }, wrong);
  }
  t.end();
});

t.test('a packet gateway is divided by whole subscribers', async (t) => {
  const spec = await vnf('pg-migration', 'pg1');
  const part = (flows: string) => partOf('pg1', spec, flows);
  t.same(part('src=10.0.64.77/25'), {
    flows: { src: '10.0.64.0/25' },
    matches: { inside: [{ src: '10.0.64.0/25' }], outside: [{ dst: '10.0.64.0/25' }] },
  });
  t.same(part('subscriber=10.0.0.9').flows, { src: '10.0.0.0/24' }, 'all of its addresses');
  t.same(part('subscriber=10.0.9.9').flows, { src: '10.0.9.9/32' });
  const refused = { code: 'FLOWS_UNSUPPORTED', field: 'flows' };
  t.throws(() => part('src=10.0.0.0/25'), refused, 'cuts through a subscriber');
  t.throws(() => part('subscriber=192.0.2.1'), refused);
  t.throws(() => part('src=192.0.2.0/24'), refused, 'of nobody');
  t.throws(() => part('spi=4096'), refused);
  t.throws(() => part('src=10.0.0.0/16,subscriber=10.0.9.9'), refused);
  const relation = (a: string, b: string) => relationOf(spec, part(a), part(b));
  t.equal(relation('src=10.0.64.0/25', 'src=10.0.64.1/25'), 'same');
  t.equal(relation('src=10.0.64.0/26', 'src=10.0.64.0/25'), 'inside');
  t.equal(relation('src=10.0.64.0/24', 'src=10.0.64.0/25'), 'around');
  t.equal(relation('src=10.0.64.0/25', 'src=10.0.64.128/25'), 'apart');
});

t.test('a NAT is divided by hosts that have an address outside for themselves', async (t) => {
  const spec = await vnf('nat-split', 'nat1');
  const part = (flows: string) => partOf('nat1', spec, flows);
  t.same(part('src=10.0.64.0/25'), {
    flows: { src: '10.0.64.0/25' },
    matches: { inside: [{ src: '10.0.64.0/25' }], outside: [{ dst: '203.0.113.101/32' }] },
  });
  const refused = { code: 'FLOWS_UNSUPPORTED', field: 'flows' };
  t.throws(() => part('src=10.0.64.0/26'), refused, 'cuts through a paired net');
  t.throws(() => part('src=192.0.2.0/24'), refused);
  const shared = await vnf('nat-migration', 'nat1');
  t.throws(() => partOf('nat1', shared, 'src=10.0.0.0/17'), refused, 'hosts share addresses');
});

t.test('a VPN concentrator is divided by tunnels that a switch can tell apart', async (t) => {
  const spec = await vnf('vpn-migration', 'vpn1');
  if (!('tunnels' in spec.config)) throw new Error(spec.kind);
  const { config } = spec;
  const [first] = config.tunnels;
  if (first === undefined) throw new Error('no tunnel');
  const other = {
    ...first,
    remote: '203.0.113.77',
    remoteNet: '10.77.0.0/24',
    in: { ...first.in, spi: 70_001 },
    out: { ...first.out, spi: 70_002 },
  };
  const wide: VnfSpec = { ...spec, config: { ...config, tunnels: [first, other] } };
  const expected = {
    flows: { spi: 70_002 },
    matches: {
      inside: [{ src: first.localNet, dst: '10.77.0.0/24' }],
      outside: [{ src: '203.0.113.77/32' }],
    },
  };
  t.same(partOf('vpn1', wide, 'spi=70002'), expected);
  t.same(partOf('vpn1', wide, 'spi=70001').matches, expected.matches, 'either direction');
  const refused = { code: 'FLOWS_UNSUPPORTED', field: 'flows' };
  t.throws(() => partOf('vpn1', wide, 'spi=5'), refused);
  const samePeer = { ...other, remote: first.remote };
  const alike: VnfSpec = { ...spec, config: { ...config, tunnels: [first, samePeer] } };
  t.throws(() => partOf('vpn1', alike, 'spi=70001'), refused, 'tunnels of one peer');
  const overlapping = { ...other, remoteNet: first.remoteNet };
  const across: VnfSpec = { ...spec, config: { ...config, tunnels: [first, overlapping] } };
  t.throws(() => partOf('vpn1', across, 'spi=70001'), refused, 'selectors overlap');
});

t.test('an IDS is divided by hosts inside and by ports', async (t) => {
  const spec = await vnf('ids-migration', 'ids1');
  const part = (flows: string) => partOf('ids1', spec, flows);
  t.same(part('src=10.0.0.9/24,dport=80'), {
    flows: { src: '10.0.0.0/24', dport: 80 },
    matches: {
      inside: [{ src: '10.0.0.0/24', dstPort: 80 }],
      outside: [{ dst: '10.0.0.0/24', srcPort: 80 }],
    },
  });
  t.same(part('sport=22').matches, { inside: [{ srcPort: 22 }], outside: [{ dstPort: 22 }] });
  const relation = (a: string, b: string) => relationOf(spec, part(a), part(b));
  t.equal(relation('dport=80', 'dport=80'), 'same');
  t.equal(relation('dport=80', 'dport=443'), 'apart');
  t.equal(relation('dport=80', 'sport=22'), 'across');
  t.equal(relation('dport=80', 'src=10.0.0.0/24'), 'across');
  t.equal(relation('src=10.0.0.0/24,dport=80', 'src=10.0.0.0/24'), 'inside');
  t.equal(relation('dport=80', 'src=10.0.0.0/24,dport=80'), 'around');
  const refused = { code: 'FLOWS_UNSUPPORTED', field: 'flows' };
  t.throws(() => part('spi=4097'), refused);
  t.throws(() => part('src=192.0.2.0/24'), refused, 'not inside');
  t.throws(() => part('src=10.0.0.0/8'), refused, 'more than the inside');
  for (const [topology, name] of [
    ['pg-migration', 'pg1'],
    ['nat-split', 'nat1'],
    ['vpn-migration', 'vpn1'],
  ] as const) {
    const other = await vnf(topology, name);
    t.throws(() => partOf(name, other, 'src=10.0.0.0/16,dport=80'), refused, name);
  }
});
