/** 1R-AS: each failure of the serving instance, and faults in the midst of the recovery from it. */
import t from 'tap';
import { PORTS_OF_HOST } from '../migration/world/fake-switch.js';
import { FakeTable } from '../steering/fake-table.js';
import type { World } from '../migration/world/world.js';
import { isReady, protectedWorld, recovered } from './protected-world.js';

const serving = (world: World) => world.instanceOn('host1');
const crashServing = (world: World) => world.crash('host1', serving(world)?.spec.id);

/** Nobody beside the one that receives may ever speak once the switch has been told. */
function watchSpeakers(world: World): string[] {
  const wrong: string[] = [];
  world.switch.onApplied = () => {
    const speakers = world.switch.speakers();
    if (speakers.length > 1) wrong.push(speakers.join(' and '));
  };
  return wrong;
}

const FAILURES: Record<string, { strike: (world: World) => void; fault: string; by: string }> = {
  'its process dies': { strike: crashServing, fault: 'processExit', by: 'agent' },
  'its process is stopped': {
    strike: (world) => serving(world)?.stop(),
    fault: 'processStopped',
    by: 'standby',
  },
  'its host falls silent': {
    strike: (world) => {
      const host = world.hosts.get('host1');
      if (host !== undefined) host.silentSince = world.clock.monotonicMs();
      serving(world)?.stop();
      world.clock.after(3000, () => world.reboot('host1'));
    },
    fault: 'hostSilent',
    by: 'standby',
  },
  'its link goes down': {
    strike: (world) => {
      world.switch.downPorts = new Set([`s1-eth${PORTS_OF_HOST['host1']?.inside ?? 0}`]);
      world.controller.steering.portsChanged('s1');
      world.clock.after(3000, () => {
        world.switch.downPorts = new Set();
        world.controller.steering.portsChanged('s1');
      });
    },
    fault: 'linkDown',
    by: 'switch',
  },
};

for (const outputCommit of ['async', 'commit']) {
  t.test(`outputCommit ${outputCommit}: what the instance is told, and the report`, async (t) => {
    const world = await protectedWorld({ outputCommit });
    t.equal(serving(world)?.commits, outputCommit === 'commit');
    crashServing(world);
    const { recovery } = await recovered(world);
    t.match(recovery.lostState, outputCommit === 'commit' ? /^none that/ : /last 5 ms at most/);
  });
}

for (const [what, { strike, fault, by }] of Object.entries(FAILURES)) {
  t.test(`${what}: the standby serves with the state, and gets a standby of its own`, async (t) => {
    const world = await protectedWorld();
    const twoSpeakers = watchSpeakers(world);
    strike(world);
    const recovery = await recovered(world);
    t.match(recovery, { state: 'completed', srcHost: 'host1', destHost: 'host2' });
    t.match(recovery.recovery, { fault, detectedBy: by, mechanism: '1R-AS' });
    await world.calm();
    t.same(world.faults(), []);
    t.same(world.switch.activeHosts(), ['host2']);
    t.equal(world.lineage(), 'cut', 'all but the last window');
    t.same(twoSpeakers, []);
    t.match(world.controller.recoveries.redundancy('nat1'), { state: 'ready', host: 'host1' });
    t.equal(world.controller.recoveries.list().length, 1, 'one failure, one recovery');
  });
}

t.test('a process that is only stopped is fenced before the standby speaks', async (t) => {
  const world = await protectedWorld();
  let speakers: string[] = [];
  world.strike('serving', () => (speakers = world.switch.speakers()));
  serving(world)?.stop();
  await recovered(world);
  t.same(speakers, ['host2']);
  t.ok(world.points.includes('before arm'), 'what is redirected meanwhile is held');
  t.notOk(world.points.includes('before takeover'), 'the switch has given the order');
});

t.test('a switch that has forgotten what was prepared is told all of it', async (t) => {
  const world = await protectedWorld();
  world.switch.forgetful = true;
  let speakers: string[] = [];
  world.strike('serving', () => (speakers = world.switch.speakers()));
  serving(world)?.stop();
  await recovered(world);
  t.same(speakers, ['host2']);
  t.ok(world.points.includes('before takeover'), 'the order comes by its agent');
  await world.calm();
  t.same(world.faults(), []);
});

t.test('one that is dead is not waited for', async (t) => {
  const world = await protectedWorld();
  crashServing(world);
  await recovered(world);
  t.notOk(world.points.includes('before arm'));
});

const MIDST = ['settle', 'settled', 'before takeover', 'after takeover', 'serving'] as const;
const FURTHER: Record<string, (world: World) => void> = {
  'the controller is killed': (world) => world.killController(400),
  'the switch is gone shortly': (world) => world.loseSwitch(500),
  'the standby’s agent is gone shortly': (world) => world.loseAgent('host2', 500),
  'the disk is full for a while': (world) => world.fillDisk(3000),
  'the failed host’s agent is gone': (world) => world.loseAgent('host1', 700),
};

for (const [what, further] of Object.entries(FURTHER)) {
  t.test(`in the midst of it ${what}`, async (t) => {
    for (const point of MIDST) {
      const world = await protectedWorld();
      world.strike(point, () => further(world));
      crashServing(world);
      await world.clock.run(2000);
      await world.calm();
      t.same(world.faults(), [], point);
      t.equal(world.lineage(), 'cut', `${point}: the state is there`);
    }
  });
}

t.test('it dies while no controller is there, whichever agent tells first', async (t) => {
  for (const late of ['host1', 'host2']) {
    const world = await protectedWorld();
    world.killController(400);
    crashServing(world);
    world.clock.after(430, () => world.loseAgent(late, 300));
    await world.clock.run(2000);
    await world.calm();
    t.same(world.faults(), [], late);
    t.equal(world.lineage(), 'cut', `${late}: the state is there`);
  }
});

t.test('a link of the standby is down too: nothing is tried, until it is up again', async (t) => {
  const world = await protectedWorld();
  const setDown = (...ports: (number | undefined)[]) => {
    world.switch.downPorts = new Set(ports.map((port) => `s1-eth${port ?? 0}`));
    world.controller.steering.portsChanged('s1');
  };
  const [first, second] = [PORTS_OF_HOST['host1']?.inside, PORTS_OF_HOST['host2']?.outside];
  setDown(second);
  setDown(first, second);
  await world.clock.run(8000);
  t.same(world.controller.recoveries.list(), []);
  setDown(first);
  t.match(await recovered(world), { state: 'completed', destHost: 'host2' });
  setDown();
  await world.calm();
  t.same(world.faults(), []);
  t.equal(world.lineage(), 'cut');
});

t.test('the switch restarts empty in the midst of it', async (t) => {
  const world = await protectedWorld();
  world.strike('settled', () => {
    world.loseSwitch(500);
    world.switch.table = new FakeTable();
  });
  crashServing(world);
  await world.clock.run(2000);
  await world.calm();
  t.same(world.faults(), []);
  t.equal(world.lineage(), 'cut');
});

t.test(
  'the standby dies too: the VNF serves again, empty, where its agent starts it',
  async (t) => {
    for (const point of ['settle', 'before takeover'] as const) {
      const world = await protectedWorld();
      world.strike(point, () => world.crash('host2', world.instanceOn('host2')?.spec.id));
      crashServing(world);
      t.match(await recovered(world), { state: 'failed', reason: /the standby ended/ });
      await world.calm();
      t.same(world.faults(), [], point);
      t.equal(world.lineage(), 'empty');
    }
  },
);

t.test('a standby that is lost is made anew, and the serving instance never stops', async (t) => {
  for (const lose of [
    (world: World) => world.crash('host2', world.instanceOn('host2')?.spec.id),
    (world: World) => world.reboot('host2'),
    (world: World) => serving(world)?.cut(),
  ]) {
    const world = await protectedWorld();
    const before = world.instanceOn('host2')?.spec.id;
    lose(world);
    await world.clock.run(200);
    await world.calm();
    t.same(world.faults(), []);
    t.equal(world.lineage(), 'whole');
    t.not(world.instanceOn('host2')?.spec.id, before);
    t.same(world.controller.recoveries.list(), []);
  }
});

t.test(
  'agents, switch and controller that come back find standby and stream as they were',
  async (t) => {
    for (const lose of [
      (world: World) => world.loseAgent('host1', 700, true),
      (world: World) => world.loseAgent('host2', 700, true),
      (world: World) => world.loseSwitch(700),
      (world: World) => world.killController(400),
    ]) {
      const world = await protectedWorld();
      const before = world.instanceOn('host2')?.spec.id;
      lose(world);
      await world.clock.run(100);
      await world.calm();
      t.same(world.faults(), []);
      t.equal(world.instanceOn('host2')?.spec.id, before, 'the same standby');
      t.equal(world.lineage(), 'whole');
    }
  },
);

t.test('a migration puts the standby aside and has it made anew', async (t) => {
  const world = await protectedWorld();
  const { id } = await world.migrate();
  await world.clock.until(
    () => world.controller.coordinator.get(id).endedAt !== null && isReady(world),
    60_000,
  );
  t.equal(world.controller.coordinator.get(id).state, 'completed');
  await world.calm();
  t.same(world.faults(), []);
  t.equal(world.lineage(), 'whole');
  t.match(world.controller.recoveries.redundancy('nat1'), { state: 'ready', host: 'host1' });
});

t.test('heal: refused while there is no standby, else as after a failure', async (t) => {
  const world = await protectedWorld();
  const { recoveries } = world.controller;
  t.throws(() => recoveries.heal('nat9', { cause: 'test' }), { code: 'VNF_UNKNOWN' });
  const begun = recoveries.heal('nat1', { cause: 'test' });
  t.match(begun, { state: 'recovering', cause: 'test' });
  t.throws(() => recoveries.heal('nat1', { cause: 'again' }), { code: 'VNF_BUSY' });
  t.throws(() => recoveries.report(begun.id), { code: 'REPORT_NOT_READY' });
  await recovered(world);
  t.match(recoveries.report(begun.id), { vnf: 'nat1', recovery: { fault: 'onDemand' } });
  await world.clock.until(() => world.controller.vnfs.get('nat1')?.state === 'serving', 1000);
  t.throws(() => recoveries.heal('nat1', { cause: 'too early' }), { code: 'NOT_REDUNDANT' });
  await world.calm();
  t.same(world.faults(), []);
});
