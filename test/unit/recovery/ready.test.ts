// 1R-AS for programs on hosts that are made up: which checkpoint waits where, and what takes over.
import t from 'tap';
import { ReadyProtection } from '../../../sdn-app/recovery/image/ready-protection.js';
import { imageBed, KILLED, taken } from './image-bed.js';

const bed = () => imageBed('1R-AS', (care) => new ReadyProtection(care));
const FIRST = 'c-00000001';
const SECOND = 'c-00000002';

t.test('the first checkpoint waits on another host, a newer one takes its place', async (t) => {
  const { clock, events, state, protection } = bed();
  protection.look();
  await clock.run(1);
  t.match(protection.redundancy(), { state: 'ready', host: 'host2', checkpoint: FIRST });
  t.same([...state.waiting], [['host2', FIRST]]);
  t.same(state.dropped, ['host1'], 'of an earlier run');
  state.kept.unshift({ ...taken(SECOND, ['host1']), takenAt: '2026-01-01T00:00:01.000Z' });
  events.publish('checkpoint.taken', 'nat1');
  await clock.run(1);
  t.match(protection.redundancy(), { state: 'ready', checkpoint: SECOND });
  t.same([...state.waiting], [['host2', SECOND]]);
  t.same(state.dropped, ['host1']);
  protection.close();
});

t.test('it takes over where it waits, and another one waits on the old host', async (t) => {
  const { clock, state, protection, recover } = bed();
  protection.look();
  await clock.run(1);
  const record = await recover();
  t.match(record, { destHost: 'host2', recovery: { mechanism: '1R-AS', imageBytes: 1 } });
  t.same(state.restored, [`${FIRST} on host2`]);
  t.match(protection.redundancy(), { state: 'none' }, 'it serves now');
  protection.look();
  await clock.run(1);
  t.match(protection.redundancy(), { state: 'ready', host: 'host1', checkpoint: FIRST });
  protection.close();
});

t.test('one that fails is no loss: it is restored elsewhere', async (t) => {
  const { clock, state, protection, recover } = bed();
  protection.look();
  await clock.run(1);
  state.broken.add(`${FIRST} on host2`);
  t.match(await recover(), { destHost: 'host1', notes: [/on host2/] });
  t.same(state.restored, [`${FIRST} on host2`, `${FIRST} on host1`]);
  protection.close();
});

t.test('what was lost is told of, and made anew', async (t) => {
  const { clock, state, protection, told, hosts } = bed();
  protection.look();
  await clock.run(1);
  t.same(told().at(-1), ['vnf.redundancy', 'ready', 'host2']);
  state.away.add('host2');
  state.waiting.clear();
  hosts({ type: 'disconnected', host: 'host2', reason: 'silent' });
  await clock.run(1);
  t.match(told().at(-1), ['vnf.redundancy', 'none', /waiting for host2/]);
  t.ok(protection.canRecover(KILLED), 'there still is a checkpoint');
  state.away.clear();
  hosts({ type: 'connected', host: 'host2' });
  await clock.run(1);
  t.same(told().at(-1), ['vnf.redundancy', 'ready', 'host2']);
  t.same([...state.waiting], [['host2', FIRST]]);
  state.waiting.clear();
  await clock.run(20_000);
  t.same([...state.waiting], [['host2', FIRST]], 'nobody has told of its loss');
  protection.close();
});

t.test('a checkpoint that is damaged gives way to the one before it', async (t) => {
  const { clock, state, protection, recover } = bed();
  state.kept = [taken(SECOND, ['host1', 'host2']), taken(FIRST, ['host1', 'host2'])];
  state.broken.add(`${SECOND} ready on host2`);
  protection.look();
  await clock.run(1);
  t.match(protection.redundancy(), { state: 'ready', host: 'host2', checkpoint: FIRST });
  await recover();
  t.same(state.restored, [`${SECOND} on host1`], 'the newest is tried first, ready or not');
  state.broken.add(`${FIRST} ready on host2`);
  protection.look();
  await clock.run(1);
  protection.close();
});
