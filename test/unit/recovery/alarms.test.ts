/** Alarms and availability from what happens to VNFs, hosts and switches. */
import t from 'tap';
import { EventLog } from '../../../sdn-app/events.js';
import { FIRST_CONTACT_MS, tellAbsent } from '../../../sdn-app/recovery/alarms/absent.js';
import { AlarmLog } from '../../../sdn-app/recovery/alarms/log.js';
import { raiseAlarms } from '../../../sdn-app/recovery/alarms/rules.js';
import { AvailabilityLog } from '../../../sdn-app/recovery/availability.js';
import { MemoryStore } from '../../../sdn-app/store/memory.js';
import { topology } from '../steering/lab-network.js';
import { FakeClock } from '../migration/world/fake-clock.js';

function bed() {
  const clock = new FakeClock();
  const events = new EventLog(clock);
  const store = new MemoryStore();
  const alarms = new AlarmLog(store, events, clock);
  raiseAlarms(alarms, events);
  return { clock, events, store, alarms };
}

t.test('raised once, changed, acknowledged, cleared; kept across restarts', async (t) => {
  const { clock, events, store, alarms } = bed();
  events.publish('vnf.recovering', 'nat1', { host: 'host1', reason: 'its process ends' });
  events.publish('vnf.down', 'nat1', { host: 'host1', reason: 'no standby' });
  const [alarm, ...others] = alarms.list();
  t.same(others, []);
  t.match(alarm, {
    ...{ managedObjectId: 'nat1', faultType: 'VNF_FAILED', perceivedSeverity: 'CRITICAL' },
    ...{ probableCause: 'no standby', ackState: 'UNACKNOWLEDGED', alarmClearedTime: null },
    rootCauseFaultyResource: { faultyResource: 'host1', faultyResourceType: 'COMPUTE' },
  });
  const id = alarm?.id ?? '';
  t.match(alarms.acknowledge(id, { ackState: 'ACKNOWLEDGED' }), { ackState: 'ACKNOWLEDGED' });
  t.type(alarms.get(id).alarmAcknowledgedTime, 'string');
  events.publish('vnf.serving', 'nat1');
  t.match(alarms.get(id), { perceivedSeverity: 'CLEARED', ackState: 'ACKNOWLEDGED' });
  await clock.run(10);
  t.same(new AlarmLog(store, events, clock).list(), alarms.list());
  t.throws(() => alarms.get('a-00000000'), { code: 'ALARM_UNKNOWN' });
  events.publish('vnf.down', 'nat1', { host: 'host1', reason: 'again' });
  t.equal(alarms.list().length, 2, 'a new one after the old was cleared');
});

t.test('hosts, switches and redundancy', (t) => {
  const { events, alarms } = bed();
  const active = () =>
    alarms.list().filter(({ alarmClearedTime }) => alarmClearedTime === null).length;
  events.publish('host.disconnected', 'host1', { reason: 'silent for 5000 ms' });
  events.publish('switch.disconnected', 's1', { reason: 'closed' });
  events.publish('vnf.redundancy', 'nat1', { state: 'none', reason: 'no host' });
  t.equal(active(), 3);
  events.publish('vnf.redundancy', 'nat1', { state: 'setAside' });
  t.equal(active(), 3, 'a migration is no trouble, and ends none');
  events.publish('host.connected', 'host1');
  events.publish('switch.connected', 's1');
  events.publish('vnf.redundancy', 'nat1', { state: 'ready' });
  t.equal(active(), 0);
  t.end();
});

t.test('checkpoints that cannot be taken, or have no copy', (t) => {
  const { events, alarms } = bed();
  const active = () =>
    alarms
      .list()
      .filter(({ alarmClearedTime }) => alarmClearedTime === null)
      .map(({ faultType, probableCause }) => [faultType, probableCause]);
  events.publish('checkpoint.failed', 'count', { code: 'CHECKPOINT_FAILED', reason: 'disk full' });
  events.publish('checkpoint.notCopied', 'count', { id: 'c-1', reason: 'no other host' });
  t.same(active(), [
    ['CHECKPOINT_FAILED', 'disk full'],
    ['CHECKPOINT_NOT_COPIED', 'no other host'],
  ]);
  events.publish('checkpoint.taken', 'count', { id: 'c-2' });
  t.same(active(), [['CHECKPOINT_NOT_COPIED', 'no other host']]);
  events.publish('checkpoint.copied', 'count', { id: 'c-2' });
  t.same(active(), []);
  t.end();
});

t.test('away since before the controller was started', async (t) => {
  const { clock, events, alarms } = bed();
  const end = tellAbsent(topology, events, clock);
  events.publish('host.connected', 'host1');
  await clock.run(FIRST_CONTACT_MS - 1);
  t.same(alarms.list(), []);
  await clock.run(2);
  t.match(alarms.list(), [
    { managedObjectId: 'host2', faultType: 'HOST_UNREACHABLE', alarmClearedTime: null },
    { managedObjectId: 's1', faultType: 'SWITCH_UNREACHABLE' },
  ]);
  events.publish('host.connected', 'host2');
  t.match(alarms.list(), [{ perceivedSeverity: 'CLEARED' }, { perceivedSeverity: 'MAJOR' }]);
  end();
});

t.test('availability: failures, downtime and nines', async (t) => {
  const { clock, events, store } = bed();
  const log = new AvailabilityLog(['nat1'], store, events, clock);
  t.match(log.get('nat1'), { up: true, failures: 0, availability: 1, nines: 9 });
  await clock.run(90_000);
  events.publish('vnf.recovering', 'nat1');
  t.match(log.get('nat1'), { up: false, failures: 1 });
  await clock.run(30);
  events.publish('recovery.state', 'r-1', {
    ...{ vnf: 'nat1', state: 'completed', fault: 'processExit', detectMs: 2, outageMs: 10 },
    stepsMs: { redirected: 5, tookOver: 8 },
  });
  events.publish('vnf.serving', 'nat1');
  t.match(log.get('nat1'), {
    ...{ up: true, recoveries: 1, downtimeMs: 10, detectMsMean: 2, recoverMsMean: 8 },
  });
  events.publish('vnf.down', 'nat1');
  await clock.run(9970);
  events.publish('vnf.serving', 'nat1');
  const found = log.get('nat1');
  t.match(found, { failures: 2, downtimeMs: 9980 });
  t.ok(Math.abs(found.availability - 0.9002) < 0.001);
  t.ok(Math.abs(found.nines - 1) < 0.01);
  log.close();
  t.match(new AvailabilityLog(['nat1'], store, events, clock).get('nat1'), { failures: 2 });
  t.throws(() => log.get('nat9'), { code: 'VNF_UNKNOWN' });
});
