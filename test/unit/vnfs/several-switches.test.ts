/** A takeover of a VNF whose networks are on several switches: each has its commit beforehand. */
import t from 'tap';
import { loadTopology } from '../../../sdn-app/contract/load.js';
import { packagePath } from '../../../sdn-app/cli/paths.js';
import { EventLog } from '../../../sdn-app/events.js';
import { SteeringError } from '../../../sdn-app/vnfs/steering-port.js';
import { SteeringService } from '../../../sdn-app/vnfs/steering-service.js';
import { FakeClock } from '../migration/world/fake-clock.js';
import { FakeSwitch } from '../migration/world/fake-switch.js';

const SWITCHES = ['s1', 's2', 's3'];
const TOKEN = '00112233445566778899aabbccddeeff';

async function world() {
  const topology = await loadTopology(packagePath('topologies/nat-three-switches.yaml'));
  const clock = new FakeClock();
  const steering = new SteeringService(topology, clock, new EventLog(clock));
  steering.expect('nat1', { form: 'serving', host: 'host1' });
  const prepared: string[] = [];
  const committed: string[] = [];
  const switches = SWITCHES.map((name) => {
    const nothing = () => undefined;
    const found = new FakeSwitch(clock, nothing, nothing);
    found.ports = new Map([1, 2, 3, 4, 5, 6].map((port) => [`${name}-eth${port}`, port]));
    const session = found.session(() => true);
    const prepare: typeof session.prepare = async (messages) => {
      const made = await session.prepare(messages);
      prepared.push(name);
      if (made === undefined) return undefined;
      return { ...made, commit: () => made.commit().then(() => void committed.push(name)) };
    };
    steering.attach(name, { ...session, prepare });
    return found;
  });
  await clock.until(() => steering.installed('nat1'), 10_000);
  return { clock, steering, switches, prepared, committed };
}

t.test('one message to each makes it take effect, and none gives the order', async (t) => {
  const { clock, steering, switches, prepared, committed } = await world();
  steering.keepReady('nat1', [{ at: 'host2', token: TOKEN, host: 'host2', parts: [] }]);
  await clock.run(500);
  t.same([...new Set(prepared)].sort(), SWITCHES);
  await clock.settled(steering.settle('nat1', 'host2'));
  t.same(committed.sort(), SWITCHES);
  for (const each of switches)
    t.same(each.table.sent, [], 'nobody may speak before all are fenced');
  t.equal(await clock.settled(steering.witness('nat1', 'host1', 'host2')), 'dest');
});

t.test('one of them is away: the takeover is not over before it is back', async (t) => {
  const { clock, steering, switches } = await world();
  steering.keepReady('nat1', [{ at: 'host2', token: TOKEN, host: 'host2', parts: [] }]);
  await clock.run(500);
  const [, second] = switches;
  if (second === undefined) throw new Error('there are three');
  second.busyFor = 2;
  second.forgetful = true;
  await t.rejects(clock.settled(steering.settle('nat1', 'host2')), SteeringError);
  await clock.run(3000);
  await clock.settled(steering.settle('nat1', 'host2'));
  t.equal(await clock.settled(steering.witness('nat1', 'host1', 'host2')), 'dest');
});
