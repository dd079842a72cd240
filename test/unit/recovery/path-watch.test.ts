/** Links that lose everything on the way to the switch: told only when both ends say so. */
import t, { type Test } from 'tap';
import { PathWatch } from '../../../sdn-app/recovery/detection/path-watch.js';
import { FakeClock } from '../migration/world/fake-clock.js';
import { topology } from '../steering/lab-network.js';

const LINKS = ['s1-eth3', 's1-eth4'];

/** nat1 sends 100 packets a second by each of two links. */
function bed(t: Test) {
  const clock = new FakeClock();
  const state = {
    ...{ lost: false, sends: true, counted: true, stale: false },
    ...{ switchThere: true, agentThere: true },
    instance: 'nat1.0000000a',
  };
  const count = { sent: 0, received: 7n, read: 7n };
  const tick = () => {
    clock.after(10, tick);
    if (!state.sends) return;
    count.sent += 1;
    if (!state.lost) count.received += 1n;
  };
  tick();
  const silent: string[] = [];
  const serving = () => ({
    ...{ name: 'nat1', state: 'serving', host: 'host1', instance: state.instance, parts: [] },
  });
  const ports = {
    ...{ topology, clock },
    vnfs: { get: serving },
    steering: {
      received: () => {
        if (!state.switchThere) return Promise.reject(new Error('the switch is away'));
        const [first = '', second = ''] = LINKS;
        // The other link is always well.
        if (!state.stale) count.read = count.received;
        const well = BigInt(Math.round(clock.monotonicMs()));
        return Promise.resolve(
          new Map([
            [first, state.counted ? count.read : null],
            [second, well],
          ]),
        );
      },
    },
    hosts: {
      stats: () => {
        if (!state.agentThere) return Promise.reject(new Error('the agent is away'));
        const counters = { 'inside.txPackets': count.sent, 'outside.txPackets': count.sent };
        return Promise.resolve({ counters });
      },
    },
  };
  const watch = new PathWatch(
    ports as unknown as ConstructorParameters<typeof PathWatch>[0],
    (vnf, link) => silent.push(`${vnf} ${link}`),
  );
  watch.watch(new Set(['nat1']));
  t.teardown(() => watch.close());
  return { clock, state, silent, watch };
}

t.test('what is sent and never arrives: told, of that link alone', async (t) => {
  const { clock, state, silent } = bed(t);
  await clock.run(2000);
  t.same(silent, []);
  state.lost = true;
  await clock.run(1200);
  t.same(silent, [], 'a machine may stall for so long');
  await clock.run(1000);
  t.same([...new Set(silent)], ['nat1 s1-eth3']);
});

t.test('some of it arrives: that is overload', async (t) => {
  const { clock, state, silent } = bed(t);
  await clock.run(1000);
  state.lost = true;
  for (let round = 0; round < 10; round += 1) {
    await clock.run(490);
    state.lost = false;
    await clock.run(10);
    state.lost = true;
  }
  t.same(silent, []);
});

t.test('a switch that reads its counters seldom is waited for', async (t) => {
  const { clock, state, silent } = bed(t);
  // What is received between two readings is seen late, and all at once.
  const read = async (seconds: number) => {
    for (let i = 0; i < seconds; i += 3) {
      state.stale = true;
      await clock.run(2990);
      state.stale = false;
      await clock.run(10);
    }
  };
  await read(15);
  t.same(silent, []);
  state.lost = true;
  await clock.run(9000);
  t.same([...new Set(silent)], ['nat1 s1-eth3']);
});

const HARMLESS: Record<string, (state: ReturnType<typeof bed>['state']) => void> = {
  'nothing is sent': (state) => (state.sends = false),
  'the switch counts nothing by it': (state) => (state.counted = false),
  'the switch is away': (state) => (state.switchThere = false),
  'the agent is away': (state) => (state.agentThere = false),
};
for (const [what, make] of Object.entries(HARMLESS)) {
  t.test(`${what}: nothing is told`, async (t) => {
    const { clock, state, silent } = bed(t);
    await clock.run(1000);
    state.lost = true;
    make(state);
    await clock.run(5000);
    t.same(silent, []);
  });
}

t.test(
  'of an instance that is new on its link it is not yet known that it is counted',
  async (t) => {
    const { clock, state, silent, watch } = bed(t);
    await clock.run(1000);
    state.instance = 'nat1.0000000b';
    state.lost = true;
    await clock.run(5000);
    t.same(silent, []);
    watch.watch(new Set());
    state.lost = false;
    await clock.run(1000);
    t.same(silent, []);
  },
);
