import t from 'tap';
import { RestartDelay } from '../../../vnf-host/restart-delay.js';

t.test('it doubles up to a bound, and is never less than the specification says', (t) => {
  const delay = new RestartDelay();
  t.same(
    Array.from({ length: 8 }, () => delay.next(0)),
    [100, 200, 400, 800, 1600, 3200, 5000, 5000],
  );
  t.equal(new RestartDelay().next(5000), 5000);
  t.end();
});

t.test('a srcInst whose state is at destInst is not begun again in its place', (t) => {
  const delay = new RestartDelay();
  delay.called('connect');
  t.equal(delay.next(0), 100, 'destInst has not got all of it yet');
  delay.called('prepareSwitch');
  delay.called('switched');
  delay.called('stats');
  t.equal(delay.next(0), 5000);
  delay.called('abort');
  t.equal(delay.next(0), 400);
  t.end();
});
