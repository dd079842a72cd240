import t from 'tap';
import type { Group } from '../../experiments/experiment.js';
import { select } from '../../experiments/selection.js';

const groups: Group[] = [
  {
    title: 'two by two',
    points: [10, 20].flatMap((mbps) => ['a', 'b'].map((strategy) => ({ mbps, strategy }))),
    open: () => Promise.resolve(),
  },
];
const points = (...conditions: string[]) => select(groups, conditions)[0]?.points;

t.test('points whose parameters have the values that are named', (t) => {
  t.equal(points()?.length, 4);
  t.same(points('mbps=10'), [
    { mbps: 10, strategy: 'a' },
    { mbps: 10, strategy: 'b' },
  ]);
  t.same(points('strategy=b', 'mbps=10,20'), [
    { mbps: 10, strategy: 'b' },
    { mbps: 20, strategy: 'b' },
  ]);
  t.end();
});

t.test('what no point has is refused', (t) => {
  for (const text of ['mbps=15', 'mbps', 'mbps=', 'rate=10', 'mbps=10=20', '']) {
    t.throws(() => points(text), { code: 'CONFIG_INVALID', field: '--only' }, text);
  }
  t.throws(() => points('mbps=15'), { message: /there are 10, 20/ });
  t.throws(() => points('rate=10'), { message: /one of mbps, strategy/ });
  t.end();
});
