import t from 'tap';
import type { Flow } from '../../../sdn-app/steering/index.js';
import { checkFlow } from '../../../sdn-app/steering/index.js';

const good: Flow = {
  table: 'admission',
  priority: 1,
  match: { inPort: 1, ethSrc: '02:00:00:00:00:01' },
  actions: [],
  next: { table: 'delivery', metadata: 1n },
};

t.test('a declared flow passes unchanged', (t) => {
  t.equal(checkFlow(good), good);
  t.end();
});

const bad: [string, Flow, RegExp][] = [
  ['match', { ...good, match: { metadata: 1n } }, /admission does not declare a match on metadata/],
  ['action', { ...good, actions: [{ type: 'group', groupId: 1 }] }, /declare the action group/],
  [
    'way',
    { ...good, table: 'delivery', match: {}, next: { table: 'admission', metadata: 1n } },
    /delivery does not declare the way to admission/,
  ],
  [
    'prerequisite',
    { table: 'delivery', priority: 1, match: { arpTpa: '10.0.0.1' }, actions: [] },
    /without ethType/,
  ],
];

for (const [what, flow, message] of bad) {
  t.test(`an undeclared ${what} throws`, (t) => {
    t.throws(() => checkFlow(flow), { code: 'INTERNAL', message });
    t.end();
  });
}
