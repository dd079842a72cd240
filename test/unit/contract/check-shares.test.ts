/** What several hosts do of a VNF's work has to be all of it, and each thing once. */
import t from 'tap';
import { stringify } from 'yaml';
import { parseTopology } from '../../../sdn-app/contract/load.js';
import { natTopology } from './nat-topology.js';

interface Share {
  host: string;
  flows: string[];
}
const FIRST = { host: 'host1', flows: ['src=10.0.0.0/17'] };
const SECOND = { host: 'host2', flows: ['src=10.0.128.0/18', 'src=10.0.192.0/18'] };

function topologyWith(active: readonly Share[], mechanism = '1R-AA'): string {
  const topology = natTopology();
  const { nat1 } = topology.vnfs;
  const nets = ['10.0.0.0/17', '10.0.128.0/18', '10.0.192.0/18'];
  const pool = nets.map((_net, index) => `203.0.113.${101 + index}`);
  Object.assign(nat1, {
    config: { pool, pairedNets: nets },
    recovery: { mechanism, active },
  });
  return stringify(topology);
}

t.test('all of the work, each thing once', (t) => {
  t.doesNotThrow(() => parseTopology(topologyWith([FIRST, SECOND]), 'test.yaml'));
  t.end();
});

const REFUSED: [string, readonly Share[], string][] = [
  ['a host twice', [FIRST, { ...SECOND, host: 'host1' }], 'recovery.active.1.host'],
  ['a host that cannot have it', [FIRST, { ...SECOND, host: 'client' }], 'recovery.active.1.host'],
  ['an unknown host', [FIRST, { ...SECOND, host: 'host9' }], 'recovery.active.1.host'],
  [
    'something twice',
    [FIRST, { host: 'host2', flows: ['src=10.0.0.0/17'] }],
    'recovery.active.1.flows.0',
  ],
  ['no filter', [FIRST, { host: 'host2', flows: ['dst=10.0.0.0/8'] }], 'recovery.active.1.flows.0'],
  [
    'what cannot be divided so',
    [FIRST, { host: 'host2', flows: ['src=10.0.128.0/19'] }],
    'recovery.active.1.flows.0',
  ],
  [
    'something is left out',
    [FIRST, { host: 'host2', flows: ['src=10.0.128.0/18'] }],
    'recovery.active',
  ],
];

for (const [name, active, field] of REFUSED) {
  t.test(name, (t) => {
    t.throws(() => parseTopology(topologyWith(active), 'test.yaml'), {
      code: 'TOPOLOGY_INVALID',
      field: `vnfs.nat1.${field}`,
    });
    t.end();
  });
}

t.test('two for 1R-AA, three or more for MR-AA; the VNF starts on one of them', (t) => {
  t.throws(() => parseTopology(topologyWith([FIRST]), 'test.yaml'), { code: 'TOPOLOGY_INVALID' });
  t.throws(() => parseTopology(topologyWith([FIRST, SECOND], 'MR-AA'), 'test.yaml'), {
    code: 'TOPOLOGY_INVALID',
  });
  const elsewhere = topologyWith([FIRST, SECOND]).replace(
    /host: host1\n( +)ports/,
    'host: host2\n$1ports',
  );
  t.doesNotThrow(() => parseTopology(elsewhere, 'test.yaml'));
  t.end();
});

t.test('a part may be covered by several', (t) => {
  const halves = [
    { host: 'host1', flows: ['src=10.0.0.0/17'] },
    { host: 'host2', flows: ['src=10.0.128.0/17'] },
  ];
  t.doesNotThrow(() => parseTopology(topologyWith(halves), 'test.yaml'));
  t.end();
});
