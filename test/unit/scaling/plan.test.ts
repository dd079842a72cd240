// Parts of known loads onto hosts: even, with as few moves as that takes.
import fc from 'fast-check';
import t from 'tap';
import { halvesOf, planMoves, tooHeavy, type Unit } from '../../../sdn-app/scaling/plan.js';

const unit = (flows: string, load: number, host = 'a'): Unit => ({ flows, host, load });

/** What each host carries after the moves. */
function carried(units: readonly Unit[], hosts: readonly string[]): number[] {
  const moves = new Map(planMoves(units, hosts).map(({ flows, to }) => [flows, to]));
  return hosts.map((host) =>
    units
      .filter((each) => (moves.get(each.flows) ?? each.host) === host)
      .reduce((sum, { load }) => sum + load, 0),
  );
}

t.test('the work is spread evenly', (t) => {
  const units = [unit('w', 40), unit('x', 30), unit('y', 20), unit('z', 10)];
  t.same(carried(units, ['a', 'b']).sort(), [50, 50]);
  t.same(planMoves(units, ['a']), []);
  t.same(planMoves([unit('x', 5, 'b'), unit('y', 5, 'a')], ['a', 'b']), [], 'it is even already');
  t.end();
});

t.test('a host that shall not serve any more gives everything away', (t) => {
  const units = [unit('x', 5, 'c'), unit('y', 0, 'c'), unit('z', 5, 'a')];
  const moves = planMoves(units, ['a', 'b']);
  t.same(moves.map(({ flows }) => flows).sort(), ['x', 'y'], 'what can stay stays');
  t.ok(moves.every(({ from, to }) => from === 'c' && to !== 'c'));
  t.end();
});

t.test('no host has more than the least one and its own heaviest part, and a tenth', (t) => {
  const units = fc.array(fc.tuple(fc.nat(1000), fc.constantFrom('a', 'b', 'c')), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(units, fc.integer({ min: 1, max: 4 }), (loads, count) => {
      const all = loads.map(([load, host], index) => unit(String(index), load, host));
      const hosts = ['a', 'b', 'c', 'd'].slice(0, count);
      const after = carried(all, hosts);
      const total = loads.reduce((sum, [load]) => sum + load, 0);
      const heaviest = Math.max(...loads.map(([load]) => load));
      const bound = Math.min(...after) + heaviest + (total / count) * 0.1;
      return Math.max(...after) <= bound && after.reduce((sum, each) => sum + each, 0) === total;
    }),
  );
  t.end();
});

t.test('what is too heavy is divided in halves', (t) => {
  t.same(halvesOf('src=10.0.64.9/16'), ['src=10.0.0.0/17', 'src=10.0.128.0/17']);
  t.same(halvesOf('src=0.0.0.0/0'), ['src=0.0.0.0/1', 'src=128.0.0.0/1']);
  t.equal(halvesOf('src=10.0.0.1/32'), undefined);
  t.equal(halvesOf('spi=4096'), undefined);
  const units = [unit('w', 90), unit('x', 10)];
  t.same(tooHeavy(units, 2), [units[0]]);
  t.same(tooHeavy([unit('w', 0)], 2), [], 'nothing is too heavy where nothing is carried');
  t.end();
});
