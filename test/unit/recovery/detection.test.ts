/** Silence of agents: thresholds that adapt, and a controller that itself stands still. */
import t from 'tap';
import { AgentWatch } from '../../../sdn-app/recovery/detection/agent-watch.js';
import { SilenceThreshold } from '../../../sdn-app/recovery/detection/silence.js';
import { FakeClock } from '../migration/world/fake-clock.js';

t.test('a gap that was none counts twice, and is forgotten by half in 30 s', (t) => {
  const threshold = new SilenceThreshold(12);
  t.equal(threshold.limitMs(0), 12);
  threshold.sawGap(50, 1000);
  t.equal(threshold.limitMs(1000), 100);
  threshold.sawGap(40, 1000);
  t.equal(threshold.limitMs(1000), 100, 'a shorter one changes nothing');
  t.equal(threshold.limitMs(31_000), 50);
  t.equal(threshold.limitMs(10_000_000), 12);
  t.end();
});

/** Heard at once until `silentFrom`, by the clock. */
function watched(t: { teardown: (undo: () => unknown) => unknown }, clock: FakeClock) {
  const heard = { silentFrom: Infinity };
  const heardAgo = () => Math.max(0, clock.monotonicMs() - heard.silentFrom);
  const watch = new AgentWatch({ heardAgo }, clock, () => undefined);
  t.teardown(() => watch.close());
  watch.watch(new Map([['host1', 12]]));
  return { watch, heard };
}

t.test('a host is silent after the threshold, one that nobody watches never', async (t) => {
  const clock = new FakeClock();
  const { watch, heard } = watched(t, clock);
  await clock.run(1000);
  t.notOk(watch.isSilent('host1'));
  heard.silentFrom = clock.monotonicMs();
  await clock.run(8);
  t.notOk(watch.isSilent('host1'));
  await clock.run(8);
  t.ok(watch.isSilent('host1'));
  t.notOk(watch.isSilent('host2'));
});

t.test('a silence that ended makes the next one last longer before it counts', async (t) => {
  const clock = new FakeClock();
  const { watch, heard } = watched(t, clock);
  await clock.run(100);
  heard.silentFrom = clock.monotonicMs();
  await clock.run(100);
  heard.silentFrom = Infinity;
  await clock.run(20);
  heard.silentFrom = clock.monotonicMs();
  await clock.run(100);
  t.notOk(watch.isSilent('host1'), 'twice as long as the last one');
  await clock.run(150);
  t.ok(watch.isSilent('host1'));
});

t.test('time in which this process stood still is nobody’s silence', async (t) => {
  const clock = new FakeClock();
  const { watch, heard } = watched(t, clock);
  await clock.run(100);
  // Whoever is heard of cannot be heard meanwhile, and the tick comes late.
  heard.silentFrom = clock.monotonicMs();
  clock.stall(800);
  await clock.run(5);
  t.notOk(watch.isSilent('host1'));
  await clock.run(16);
  t.ok(watch.isSilent('host1'), 'it is silent all the same');
});
