/** Silence of agents: thresholds that adapt, and a controller that itself stands still. */
import t from 'tap';
import type { HostEvent } from '../../../sdn-app/hosts/port.js';
import { Listeners } from '../../../sdn-app/listeners.js';
import { AgentWatch } from '../../../sdn-app/recovery/detection/agent-watch.js';
import { Detector } from '../../../sdn-app/recovery/detection/detector.js';
import { SilenceThreshold } from '../../../sdn-app/recovery/detection/silence.js';
import type { Fault } from '../../../sdn-app/recovery/fault.js';
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

/** nat1 serves on host1; `observed`: a standby on host2 hears it. */
function detecting(t: { teardown: (undo: () => unknown) => unknown }, observed: boolean) {
  const clock = new FakeClock();
  const events = new Listeners<HostEvent>();
  const state = { heardAgo: 0, connected: true, process: 'S', answers: true, received: 0n };
  const faults: Fault[] = [];
  const serving = {
    name: 'nat1',
    state: 'serving',
    host: 'host1',
    instance: 'nat1.0000000a',
    parts: [],
  };
  const ports = {
    clock,
    hosts: {
      heardAgo: () => state.heardAgo,
      connected: () => state.connected,
      examine: () => Promise.resolve(state.process),
      stats: () => (state.answers ? Promise.resolve({}) : new Promise(() => undefined)),
      subscribe: (listener: (event: HostEvent) => void) => events.add(listener),
    },
    steering: {
      downLinks: () => [],
      subscribe: () => () => undefined,
      received: () => Promise.resolve(new Map([['s1-eth3', state.received]])),
    },
    vnfs: {
      get: () => serving,
      isHanded: () => false,
      placedAs: (host: string, instance: string) =>
        host === serving.host && instance === serving.instance ? 'nat1' : undefined,
    },
  };
  const observer = { host: 'host2', instance: 'nat1.0000000b' };
  const watched = {
    ...{ silenceMs: 12, stallMs: 1500, ready: () => true },
    observers: () => (observed ? [{ serving, observer }] : []),
  };
  const detector = new Detector(
    ports as unknown as ConstructorParameters<typeof Detector>[0],
    new Map([['nat1', watched]]),
    (fault) => faults.push(fault),
  );
  t.teardown(() => detector.close());
  detector.look();
  const silent = () => {
    events.emit({ type: 'instanceEvent', ...observer, event: { type: 'silent', silentMs: 12 } });
  };
  const heard = () => {
    events.emit({ type: 'instanceEvent', ...observer, event: { type: 'heard', silentMs: 90 } });
  };
  const portDown = (from: { host: string; instance: string }) => {
    const error = { type: 'error', code: 'PORT_DOWN', message: 'host1-eth1 went down' } as const;
    events.emit({ type: 'instanceEvent', ...from, event: error });
  };
  return { clock, state, faults, silent, heard, portDown, serving, observer };
}

t.test(
  'the standby hears nothing, the agent is there: only the way between them is cut',
  async (t) => {
    const { clock, faults, silent, heard } = detecting(t, true);
    silent();
    await clock.run(5000);
    t.same(faults, []);
    heard();
    silent();
    await clock.run(5000);
    t.same(faults, []);
  },
);

t.test('an interface that was set down: told by the instance that has it', (t) => {
  const { faults, portDown, serving, observer } = detecting(t, true);
  portDown(observer);
  t.same(faults, [], 'it does not serve');
  portDown(serving);
  t.match(faults, [{ type: 'linkDown', detectedBy: 'agent', provenDead: false }]);
  t.end();
});

t.test('the standby hears nothing, nor does the controller: the host is gone', async (t) => {
  const { clock, state, faults, silent } = detecting(t, true);
  await clock.run(100);
  silent();
  state.heardAgo = 20;
  await clock.run(8);
  t.match(faults, [{ type: 'hostSilent', detectedBy: 'standby', provenDead: false }]);
});

t.test('the standby hears nothing, and the process answers nobody: it has failed', async (t) => {
  const { clock, state, faults, silent } = detecting(t, true);
  state.answers = false;
  silent();
  await clock.run(1400);
  t.same(faults, []);
  await clock.run(200);
  t.match(faults, [{ type: 'datapathStalled', detectedBy: 'standby' }]);
});

t.test(
  'without a standby a host is gone after a longer silence, or not: its agent has ended',
  async (t) => {
    const { clock, state, faults } = detecting(t, false);
    await clock.run(3000);
    state.heardAgo = 1400;
    await clock.run(50);
    t.same(faults, []);
    state.connected = false;
    state.heardAgo = 3000;
    await clock.run(50);
    t.same(faults, []);
    state.connected = true;
    await clock.run(8);
    t.match(faults[0], { type: 'hostSilent', detectedBy: 'controller', provenDead: false });
  },
);

t.test('an agent that stands still beside a program that serves: nothing has failed', async (t) => {
  const { clock, state, faults } = detecting(t, false);
  await clock.run(3000);
  for (let silentMs = 0; silentMs < 4000; silentMs += 50) {
    state.heardAgo = silentMs;
    state.received += 3n;
    await clock.run(50);
  }
  t.same(faults, []);
  for (let silentMs = 4000; silentMs < 4900; silentMs += 50) {
    state.heardAgo = silentMs;
    await clock.run(50);
  }
  t.match(faults[0], { type: 'hostSilent' }, 'and when the packets end too, it has');
});
