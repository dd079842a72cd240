// The service on hosts that are made up: what is taken, where it is copied, and when.
import t from 'tap';
import { CheckpointService } from '../../../sdn-app/checkpoints/service.js';
import type { Clock } from '../../../sdn-app/clock.js';
import type { CheckpointInfo } from '../../../sdn-app/contract/checkpoint.js';
import { recoveryPolicy } from '../../../sdn-app/contract/recovery-policy.js';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import type { VnfResource } from '../../../sdn-app/contract/rest.js';
import { EventLog } from '../../../sdn-app/events.js';
import { topology } from '../steering/lab-network.js';

const INSTANCE = 'nat1.0000000a';

interface Bed {
  everyMs?: number;
  hosts?: string[];
  /** Of its recovery. */
  standby?: string;
}

function bed({ everyMs, hosts = ['host1', 'host2'], standby }: Bed = {}) {
  const due: (() => void)[] = [];
  const clock: Clock = {
    monotonicMs: () => 0,
    timestamp: () => '2026-01-01T00:00:00.000Z',
    after: (_ms, action) => {
      due.push(action);
      return () => void due.splice(due.indexOf(action), 1);
    },
  };
  const events = new EventLog(clock);
  const kept = new Map<string, CheckpointInfo[]>([
    ['host1', []],
    ['host2', []],
  ]);
  const state: {
    vnf: VnfResource['state'];
    full: boolean;
    away: Set<string>;
    hanging: Set<string>;
    standby: { host: string; instance: string } | undefined;
  } = { vnf: 'serving', full: false, away: new Set(), hanging: new Set(), standby: undefined };
  let count = 0;
  let sent = 0;
  const of = (host: string) => kept.get(host) ?? [];
  const nat1 = topology.vnfs['nat1'];
  if (nat1 === undefined) throw new Error('no nat1');
  const recovery = recoveryPolicy.parse({ mechanism: '1R-AS', standby });
  const policy = {
    ...(everyMs === undefined ? {} : { checkpoint: { everyMs, keep: 2 } }),
    ...(standby === undefined ? {} : { recovery }),
  };
  const service = new CheckpointService({
    topology: {
      ...topology,
      hosts: { ...topology.hosts, host3: { agent: true } },
      // The third host is as host2 is.
      links: topology.links.flatMap((each) =>
        each.host === 'host2' ? [{ ...each, host: 'host3' }, each] : [each],
      ),
      vnfs: { nat1: { ...nat1, ...policy } },
    },
    vnfs: {
      names: ['nat1'],
      hosts,
      status: (name) => {
        if (name !== 'nat1') throw new FerryError('VNF_UNKNOWN', name, 'vnf');
        const place = { host: 'host1', instance: INSTANCE, parts: [] };
        const free = { migration: null, recovery: null };
        return { name, kind: 'nat44', state: state.vnf, ...place, ...free };
      },
    },
    hosts: {
      connected: (host) => !state.away.has(host),
      checkpoint: (host, instance) => {
        if (state.full) return Promise.reject(new FerryError('CHECKPOINT_FAILED', 'ENOSPC'));
        count += 1;
        const info: CheckpointInfo = {
          ...{ id: `c-0000000${count}`, vnf: 'nat1', instance, host },
          role: instance === INSTANCE ? 'serving' : 'standby',
          takenAt: `2026-01-01T00:00:0${count}.000Z`,
          ...{ frozenMs: 5, dumpMs: 50, rawBytes: 10, storedBytes: 1 },
        };
        of(host).unshift(info);
        return Promise.resolve(info);
      },
      checkpoints: (host) => {
        if (state.hanging.has(host)) return Promise.reject(new FerryError('AGENT_TIMEOUT', host));
        return Promise.resolve([...of(host)]);
      },
      receiveCheckpoint: () => Promise.resolve(4711),
      sendCheckpoint: (host, { checkpoint, port }) => {
        const info = of(host).find(({ id }) => id === checkpoint);
        if (info === undefined || port !== 4711) throw new Error('not to be sent');
        sent += 1;
        of(host === 'host1' ? 'host2' : 'host1').unshift(info);
        return Promise.resolve();
      },
    },
    standbyOf: () => state.standby,
    ...{ events, clock },
  });
  const told = () => events.since(0).map(({ type, data }) => [type, data['host'] ?? data['code']]);
  return { service, state, due, told, events, sent: () => sent };
}

t.test('taken where it serves, copied to another host, listed once', async (t) => {
  const { service, told } = bed();
  const taken = await service.take('nat1');
  t.match(taken, { id: 'c-00000001', host: 'host1', hosts: ['host1', 'host2'] });
  await service.take('nat1');
  const listed = await service.list('nat1');
  t.same(
    listed.map(({ id, hosts }) => [id, hosts]),
    [
      ['c-00000002', ['host1', 'host2']],
      ['c-00000001', ['host1', 'host2']],
    ],
  );
  t.same(told().slice(0, 2), [
    ['checkpoint.taken', 'host1'],
    ['checkpoint.copied', 'host2'],
  ]);
  await t.rejects(service.take('nat9'), { code: 'VNF_UNKNOWN' });
  await t.rejects(service.list('nat9'), { code: 'VNF_UNKNOWN' });
});

t.test(
  'of the standby while there is one: the serving instance does not stand still',
  async (t) => {
    const { service, state } = bed();
    t.match(await service.take('nat1'), { role: 'serving', frozenMs: 5, servingFrozenMs: 5 });
    state.standby = { host: 'host2', instance: 'nat1.0000000b' };
    const taken = { host: 'host2', instance: 'nat1.0000000b', role: 'standby' };
    const figures = { frozenMs: 5, servingFrozenMs: 0, hosts: ['host2', 'host1'] };
    t.match(await service.take('nat1'), { ...taken, ...figures });
    const [listed] = await service.list('nat1');
    t.match(listed, { ...taken, servingFrozenMs: 0 });
  },
);

t.test(
  'no other host: the checkpoint counts, and an event says that there is no copy',
  async (t) => {
    const { service, state, told } = bed();
    state.away.add('host2');
    t.same((await service.take('nat1')).hosts, ['host1']);
    t.match(told().at(-1), ['checkpoint.notCopied']);
  },
);

t.test('a host that comes back gets the copy that it could not be given', async (t) => {
  const { service, state, told, events } = bed();
  service.start();
  state.away.add('host2');
  await service.take('nat1');
  state.away.clear();
  events.publish('host.connected', 'host2');
  for (let turns = 0; told().length < 4 && turns < 100; turns += 1) await Promise.resolve();
  t.same(told().at(-1), ['checkpoint.copied', 'host2']);
  t.match(await service.list('nat1'), [{ hosts: ['host1', 'host2'] }]);
  events.publish('host.connected', 'host1');
  for (let turns = 0; turns < 100; turns += 1) await Promise.resolve();
  t.same(told().at(-1), ['host.connected', undefined], 'nothing is copied twice');
  service.close();
});

t.test('on demand, what cannot be taken is told as well; nor does a host that hangs', async (t) => {
  const { service, state, told } = bed();
  await service.take('nat1');
  state.full = true;
  await t.rejects(service.take('nat1'), { code: 'CHECKPOINT_FAILED' });
  t.same(told().at(-1), ['checkpoint.failed', 'CHECKPOINT_FAILED']);
  state.hanging.add('host1');
  t.match(await service.list('nat1'), [{ hosts: ['host2'] }], 'hide what others have');
});

t.test('refused while the VNF does not serve, and while one is being taken', async (t) => {
  const { service, state } = bed();
  const first = service.take('nat1');
  await t.rejects(service.take('nat1'), { code: 'VNF_BUSY' });
  await first;
  state.vnf = 'migrating';
  await t.rejects(service.take('nat1'), { code: 'VNF_NOT_SERVING' });
});

t.test(
  'on the schedule: again after a fault, not while the VNF moves, not after the end',
  async (t) => {
    const { service, state, due, told } = bed({ everyMs: 1000 });
    service.start();
    const turn = async () => {
      t.equal(due.length, 1);
      due.shift()?.();
      for (let settled = 0; due.length === 0 && settled < 100; settled += 1)
        await Promise.resolve();
    };
    await turn();
    state.full = true;
    await turn();
    state.full = false;
    state.vnf = 'migrating';
    await turn();
    state.vnf = 'serving';
    await turn();
    t.same(told(), [
      ['checkpoint.taken', 'host1'],
      ['checkpoint.copied', 'host2'],
      ['checkpoint.failed', 'CHECKPOINT_FAILED'],
      ['checkpoint.taken', 'host1'],
      ['checkpoint.copied', 'host2'],
    ]);
    service.close();
    t.equal(due.length, 0);
  },
);

t.test('two that want it on one host at a time have it sent once', async (t) => {
  const { service, state, sent } = bed();
  state.away.add('host2');
  const alone = await service.take('nat1');
  state.away.clear();
  await Promise.all([service.provide(alone, 'host2'), service.provide(alone, 'host2')]);
  t.equal(sent(), 1);
  await service.provide(alone, 'host2');
  t.equal(sent(), 2, 'asked for again it may be lost');
});

t.test('copied to where the recovery wants it', async (t) => {
  const { service } = bed({ hosts: ['host1', 'host3', 'host2'], standby: 'host2' });
  t.match(await service.take('nat1'), { hosts: ['host1', 'host2'] });
});
