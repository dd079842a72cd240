/** 1R-AA: two instances serve, and either of them may fail, also while something else goes wrong. */
import t from 'tap';
import { FAULTS, type Fault } from '../migration/world/fault-kinds.js';
import { PORTS_OF_HOST } from '../migration/world/fake-switch.js';
import type { World } from '../migration/world/world.js';
import { activeWorld, faultsOf, receivers, serving, SHARES } from './active-world.js';
import { recovered } from './protected-world.js';

const [FIRST, SECOND] = SHARES;

function crash(world: World, share: (typeof SHARES)[number] | undefined): void {
  const at = serving(world, share);
  world.crash(at?.host ?? '', at?.instance);
}

t.test('it is divided by itself, and each keeps the other’s state', async (t) => {
  const world = await activeWorld();
  await world.calm();
  t.same(faultsOf(world), []);
  t.equal(world.controller.vnfs.get('nat1')?.host, 'host1');
  t.match(world.controller.vnfs.get('nat1')?.parts, [{ flows: SECOND?.flows, host: 'host2' }]);
});

const STRIKES: Record<string, { strike: (world: World, host: string) => void; fault: string }> = {
  'its process dies': {
    strike: (world, host) => {
      world.crash(host, world.instanceOn(host)?.spec.id);
    },
    fault: 'processExit',
  },
  'its process is stopped': {
    strike: (world, host) => world.instanceOn(host)?.stop(),
    fault: 'processStopped',
  },
  'its host falls silent': {
    strike: (world, host) => {
      const found = world.hosts.get(host);
      if (found !== undefined) found.silentSince = world.clock.monotonicMs();
      world.instanceOn(host)?.stop();
      world.clock.after(3000, () => world.reboot(host));
    },
    fault: 'hostSilent',
  },
  'its link goes down': {
    strike: (world, host) => {
      world.switch.downPorts = new Set([`s1-eth${PORTS_OF_HOST[host]?.inside ?? 0}`]);
      world.controller.steering.portsChanged('s1');
      world.clock.after(3000, () => {
        world.switch.downPorts = new Set();
        world.controller.steering.portsChanged('s1');
      });
    },
    fault: 'linkDown',
  },
};

for (const [what, { strike, fault }] of Object.entries(STRIKES)) {
  for (const [host, other] of [
    ['host1', 'host2'],
    ['host2', 'host1'],
  ] as const) {
    t.test(
      `${host}: ${what}: the other one serves all, and then it is divided again`,
      async (t) => {
        const world = await activeWorld();
        strike(world, host);
        const recovery = await recovered(world);
        t.match(recovery, { state: 'completed', srcHost: host, destHost: other });
        t.match(recovery.recovery, { fault, mechanism: '1R-AA' });
        t.same(world.switch.speakers(), [other], 'what has failed is fenced');
        for (const { client } of SHARES) t.same(receivers(world, client), [other]);
        await world.calm();
        t.same(faultsOf(world), []);
        t.equal(world.controller.recoveries.list().length, 1, 'one failure, one recovery');
      },
    );
  }
}

t.test('one that only stands still is fenced before the other speaks for it', async (t) => {
  const world = await activeWorld();
  world.instanceOn('host2')?.stop();
  await recovered(world);
  t.ok(world.points.indexOf('settled') < world.points.indexOf('before takeoverReplica'));
  t.ok(world.points.includes('before armReplica'), 'what is redirected meanwhile is held');
});

const MIDST = [
  'settle',
  'settled',
  'before takeoverReplica',
  'after takeoverReplica',
  'serving',
] as const;
const FURTHER: Record<string, (world: World, heir: string) => void> = {
  'the controller is killed': (world) => world.killController(400),
  'the switch is gone shortly': (world) => world.loseSwitch(500),
  'the heir’s agent is gone shortly': (world, heir) => world.loseAgent(heir, 500),
  'the disk is full for a while': (world) => world.fillDisk(3000),
};

for (const [what, further] of Object.entries(FURTHER)) {
  t.test(`in the midst of a takeover ${what}`, async (t) => {
    for (const [index, point] of MIDST.entries()) {
      const world = await activeWorld();
      // Of the instance that does the rest, and of one that has a part.
      const share = SHARES[index % SHARES.length];
      const heir = serving(world, share === FIRST ? SECOND : FIRST)?.host ?? '';
      world.strike(point, () => further(world, heir));
      crash(world, share);
      await world.clock.run(2000);
      await world.calm();
      t.same(faultsOf(world), [], `${share?.flows ?? ''}, ${point}`);
    }
  });
}

t.test('agents, switch and controller that come back find the replicas as they were', async (t) => {
  for (const lose of [
    (world: World) => world.loseAgent('host1', 700, true),
    (world: World) => world.loseAgent('host2', 700, true),
    (world: World) => world.loseSwitch(700),
    (world: World) => world.killController(400),
  ]) {
    const world = await activeWorld();
    lose(world);
    await world.clock.run(100);
    await world.calm();
    t.same(faultsOf(world), []);
    t.notOk(world.points.includes('before listenReplica'), 'nothing is made anew');
  }
});

t.test('the agent is back alone: all is served by one host until then', async (t) => {
  const world = await activeWorld();
  world.hosts.get('host2')?.unlink('cut by the test');
  const at = serving(world, SECOND);
  world.hosts.get('host2')?.crash(at?.instance ?? '');
  world.clock.after(20_000, () => world.hosts.get('host2')?.link());
  await world.clock.run(25_000);
  await world.calm();
  t.same(faultsOf(world, true), []);
});

const AFTER_MS = [0, 150, 400, 900];

t.test('another fault soon after the first', async (t) => {
  for (const [index, second] of (Object.keys(FAULTS) as Fault[]).entries()) {
    const afterMs = AFTER_MS[index % AFTER_MS.length] ?? 0;
    const world = await activeWorld();
    world.clock.after(afterMs, () => FAULTS[second](world));
    FAULTS['srcInst dies'](world);
    await world.clock.run(5000);
    await world.calm();
    t.same(faultsOf(world, true), [], `${second} after ${afterMs} ms`);
  }
});

t.test('shares move, other parts do not', async (t) => {
  const world = await activeWorld();
  const move = (flows: string, to: string) => {
    const request = { vnf: 'nat1', to, strategy: 'statelet', flows };
    return world.controller.coordinator.migrate(request);
  };
  await t.rejects(move('src=10.0.64.0/18', 'host2'), { code: 'FLOWS_UNSUPPORTED' });
  await t.rejects(move(FIRST?.flows ?? '', 'host2'), { code: 'FLOWS_UNSUPPORTED' });
  await world.calm();
  t.same(faultsOf(world), []);
});
