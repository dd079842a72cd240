/** Who keeps whose state, where a VNF is once one of several has failed, and what moves after that. */
import t from 'tap';
import {
  membersOf,
  nextMove,
  pairingsOf,
  takenOver,
} from '../../../sdn-app/recovery/active/shares.js';
import type { ServingPart, ServingVnf } from '../../../sdn-app/vnfs/port.js';

const HOSTS = ['host1', 'host2', 'host3', 'host4'];
const SHARES = [
  { host: 'host1', flows: ['src=10.0.0.0/24'] },
  { host: 'host2', flows: ['src=10.0.1.0/24', 'src=10.0.8.0/24'] },
  { host: 'host3', flows: ['src=10.0.2.0/24'] },
];
const idOf = (host: string) => `pg1.0000000${host.slice(-1)}`;
const part = (number: number, flows: string, host: string): ServingPart => {
  return { number, flows, host, instance: idOf(host) };
};

/** As declared: host1 does the rest. */
function vnf(parts = PARTS, host = 'host1'): ServingVnf {
  return { name: 'pg1', state: 'serving', host, instance: idOf(host), parts };
}
const PARTS = [
  part(0, 'src=10.0.1.0/24', 'host2'),
  part(1, 'src=10.0.8.0/24', 'host2'),
  part(2, 'src=10.0.2.0/24', 'host3'),
];

const pairs = (of: ServingVnf) =>
  pairingsOf(membersOf(of, SHARES, HOSTS)).map(({ of, at }) => `${of.host} at ${at.host}`);
const moveOf = (of: ServingVnf, free = HOSTS, anywhere = false) =>
  nextMove(membersOf(of, SHARES, HOSTS), SHARES, free, anywhere);

t.test('a ring over those that serve, none for one alone', (t) => {
  t.same(pairs(vnf()), ['host1 at host2', 'host2 at host3', 'host3 at host1']);
  t.same(pairs(vnf([part(2, 'src=10.0.2.0/24', 'host3')])), ['host1 at host3', 'host3 at host1']);
  t.same(pairs(vnf([])), []);
  const [first, second] = membersOf(vnf(), SHARES, HOSTS);
  t.same(first?.flows, ['src=10.0.0.0/24']);
  t.match(second, { flows: SHARES[1]?.flows, part: 0 });
  t.end();
});

t.test('one of the parts fails: the next one has them beside its own', (t) => {
  const heir = { host: 'host3', instance: idOf('host3') };
  t.same(takenOver(vnf(), idOf('host2'), heir), {
    ...{ host: 'host1', instance: idOf('host1') },
    parts: [
      part(0, 'src=10.0.1.0/24', 'host3'),
      part(1, 'src=10.0.8.0/24', 'host3'),
      part(2, 'src=10.0.2.0/24', 'host3'),
    ],
  });
  t.end();
});

t.test(
  'the one that does the rest fails, or hands its part to that: parts are none any more',
  (t) => {
    const heir = { host: 'host2', instance: idOf('host2') };
    const after = takenOver(vnf(), idOf('host1'), heir);
    t.same(after, { ...heir, parts: [part(2, 'src=10.0.2.0/24', 'host3')] });
    const main = { host: 'host1', instance: idOf('host1') };
    t.same(takenOver(vnf(), idOf('host3'), main), { ...main, parts: PARTS.slice(0, 2) });
    t.end();
  },
);

t.test('shares go home one part after the other, each onto a host of its own', (t) => {
  t.equal(moveOf(vnf()), undefined, 'all is as declared');
  t.same(moveOf(vnf([])), { flows: 'src=10.0.1.0/24', to: 'host2' });
  t.same(moveOf(vnf(PARTS.slice(0, 1))), { flows: 'src=10.0.8.0/24', to: 'host2' }, 'it goes on');
  t.same(moveOf(vnf(PARTS.slice(0, 2))), { flows: 'src=10.0.2.0/24', to: 'host3' });
  t.same(moveOf(vnf([part(2, 'src=10.0.2.0/24', 'host3')], 'host2')), {
    flows: 'src=10.0.0.0/24',
    to: 'host1',
  });
  t.end();
});

t.test('while its own host is away a share stays, and later goes to any that is free', (t) => {
  const without2 = HOSTS.filter((host) => host !== 'host2');
  const crowded = vnf([part(2, 'src=10.0.2.0/24', 'host3')]);
  t.equal(moveOf(crowded, without2), undefined);
  t.same(moveOf(crowded, without2, true), { flows: 'src=10.0.1.0/24', to: 'host4' });
  t.equal(moveOf(crowded, ['host1', 'host3'], true), undefined, 'nowhere to go');
  t.end();
});
