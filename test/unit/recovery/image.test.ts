// 0R for programs on hosts that are made up: what is told of its checkpoints, and which are tried.
import t from 'tap';
import { ImageProtection } from '../../../sdn-app/recovery/image/protection.js';
import { imageBed, KILLED, taken } from './image-bed.js';

const bed = () => imageBed('0R', (care) => new ImageProtection(care));

t.test(
  'the first one is taken by itself; what there is goes and comes with its host',
  async (t) => {
    const { clock, state, protection, told, hosts } = bed();
    protection.look();
    await clock.run(1);
    t.same(told(), [['vnf.redundancy', 'ready', 'host1']]);
    t.equal(state.tries.length, 1);
    state.away.add('host1');
    hosts({ type: 'disconnected', host: 'host1', reason: 'silent' });
    await clock.run(1);
    const gone = 'no host that is connected keeps a checkpoint';
    t.same(told().at(-1), ['vnf.redundancy', 'none', gone]);
    t.equal(protection.canRecover(KILLED), false);
    state.away.clear();
    hosts({ type: 'connected', host: 'host1' });
    await clock.run(1);
    t.same(told().at(-1), ['vnf.redundancy', 'ready', 'host1']);
    t.equal(state.tries.length, 1);
    protection.close();
  },
);

t.test('a program that cannot be taken: told once, tried ever more rarely', async (t) => {
  const { clock, state, protection, told } = bed();
  state.cannot = true;
  protection.look();
  await clock.run(600_000);
  t.same(told(), [['vnf.redundancy', 'none', 'CHECKPOINT_FAILED: no way']]);
  t.ok(state.tries.length < 20, `${state.tries.length} tries in ten minutes`);
  state.cannot = false;
  await clock.run(60_000);
  t.same(told().at(-1), ['vnf.redundancy', 'ready', 'host1']);
  protection.close();
});

t.test('damaged here: the copy on another host, then an older one', async (t) => {
  const { clock, state, protection, recover } = bed();
  state.kept = [taken('c-00000002', ['host1', 'host2']), taken('c-00000001', ['host1'])];
  state.broken.add('c-00000002 on host1');
  protection.look();
  await clock.run(1);
  t.match(await recover(), {
    destHost: 'host2',
    notes: [/c-00000002 on host1: CHECKPOINT_CORRUPT/],
  });
  state.broken.add('c-00000002 on host2');
  t.match(await recover(), { destHost: 'host1' });
  t.same(state.restored.slice(2), [
    'c-00000002 on host1',
    'c-00000002 on host2',
    'c-00000001 on host1',
  ]);
  protection.close();
});

t.test('a host that is silent is fenced, and not asked for what it will not answer', async (t) => {
  const { clock, state, protection, recover } = bed();
  state.kept = [taken('c-00000002', ['host1']), taken('c-00000001', ['host1', 'host2'])];
  protection.look();
  await clock.run(1);
  state.silent = true;
  const silent = { ...KILLED, type: 'hostSilent' as const, provenDead: false };
  t.match(await recover(silent), { destHost: 'host2' });
  t.same(state.restored, ['fence', 'c-00000001 on host2']);
  protection.close();
});
