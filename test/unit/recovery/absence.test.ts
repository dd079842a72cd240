/** Hosts whose agent stays away; one that comes back in time is none of them. */
import t from 'tap';
import { Absence, ABSENCE_MS } from '../../../sdn-app/recovery/detection/absence.js';
import { FakeClock } from '../migration/world/fake-clock.js';

t.test('told once, after its time, unless it comes back or nobody listens any more', async (t) => {
  const clock = new FakeClock();
  const told: string[] = [];
  const absence = new Absence(clock, (host) => told.push(host));
  absence.left('host1');
  absence.left('host2');
  await clock.run(ABSENCE_MS - 100);
  absence.back('host2');
  t.same(told, []);
  await clock.run(200);
  t.same(told, ['host1']);
  await clock.run(2 * ABSENCE_MS);
  t.same(told, ['host1'], 'once');
  absence.left('host2');
  absence.close();
  await clock.run(2 * ABSENCE_MS);
  t.same(told, ['host1']);
});
