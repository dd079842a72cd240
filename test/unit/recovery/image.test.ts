// 0R for programs on hosts that are made up: what is told of its checkpoints, and which are tried.
import t from 'tap';
import type { CheckpointResource } from '../../../sdn-app/contract/rest.js';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import { recoveryPolicy, type PolicyOf } from '../../../sdn-app/contract/recovery-policy.js';
import { EventLog } from '../../../sdn-app/events.js';
import type { HostEvent } from '../../../sdn-app/hosts/port.js';
import type { Fault } from '../../../sdn-app/recovery/fault.js';
import { ImageProtection } from '../../../sdn-app/recovery/image/protection.js';
import type { RecoveryPorts } from '../../../sdn-app/recovery/ports.js';
import { Recovery } from '../../../sdn-app/recovery/recovery.js';
import { MemoryStore } from '../../../sdn-app/store/memory.js';
import { FakeClock } from '../migration/world/fake-clock.js';
import { topology } from '../steering/lab-network.js';

const INSTANCE = 'nat1.0000000a';
const KILLED: Fault = {
  ...{ vnf: 'nat1', type: 'processExit', detectedBy: 'agent', cause: 'killed' },
  serving: { host: 'host1', instance: INSTANCE },
  ...{ provenDead: true, silentMs: null },
};

function taken(id: string, hosts: string[]): CheckpointResource {
  return {
    ...{ id, vnf: 'nat1', instance: INSTANCE, host: 'host1', role: 'serving', hosts },
    takenAt: '2026-01-01T00:00:00.000Z',
    ...{ frozenMs: 5, servingFrozenMs: 5, dumpMs: 50, rawBytes: 10, storedBytes: 1 },
  };
}

function bed() {
  const clock = new FakeClock();
  const events = new EventLog(clock);
  const state = {
    away: new Set<string>(),
    kept: [] as CheckpointResource[],
    broken: new Set<string>(),
    cannot: false,
    silent: false,
    tries: [] as number[],
    restored: [] as string[],
  };
  const listeners = new Set<(event: HostEvent) => void>();
  // All that it needs of them.
  const ports: unknown = {
    ...{ topology, events, clock, store: new MemoryStore() },
    hosts: {
      connected: (host: string) => !state.away.has(host),
      subscribe: (listener: (event: HostEvent) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      stopInstance: () =>
        state.silent ? new Promise(() => undefined) : Promise.resolve({ connections: [] }),
      restore: (host: string, _spec: unknown, id: string) => {
        state.restored.push(`${id} on ${host}`);
        if (state.broken.has(`${id} on ${host}`)) {
          return Promise.reject(new FerryError('CHECKPOINT_CORRUPT', 'it is damaged'));
        }
        const checkpoint = state.kept.find((each) => each.id === id);
        return Promise.resolve({ pid: 1, checkpoint, restoreMs: 90, loss: null });
      },
    },
    checkpoints: {
      list: () => {
        const there = ({ hosts }: CheckpointResource) =>
          hosts.some((each) => !state.away.has(each));
        return Promise.resolve(state.kept.filter(there));
      },
      take: () => {
        state.tries.push(clock.monotonicMs());
        if (state.cannot) return Promise.reject(new FerryError('CHECKPOINT_FAILED', 'no way'));
        state.kept = [taken('c-00000001', ['host1'])];
        return Promise.resolve(state.kept[0]);
      },
      provide: () => Promise.resolve(),
    },
    steering: {
      switchesOf: () => ['s1'],
      downLinks: () => [],
      softwareVersion: () => null,
      fence: () => {
        state.restored.push('fence');
        return Promise.resolve();
      },
      settle: () => Promise.resolve(),
    },
    vnfs: {
      get: () => ({ name: 'nat1', state: 'serving', host: 'host1', instance: INSTANCE, parts: [] }),
      isHanded: () => false,
      claim: () => undefined,
      spec: () => ({}),
      show: () => undefined,
      place: () => Promise.resolve(),
    },
  };
  const policy = recoveryPolicy.parse({ mechanism: '0R' }) as PolicyOf<'0R'>;
  const care = { vnf: 'nat1', policy, ports: ports as RecoveryPorts, changed: () => undefined };
  const protection = new ImageProtection(care);
  const told = () =>
    events.since(0).map(({ type, data }) => [type, data['state'], data['reason'] ?? data['host']]);
  const hosts = (event: HostEvent) => {
    for (const listener of listeners) listener(event);
  };
  const recover = async (fault = KILLED) => {
    const recovery = Recovery.begin(fault, '0R', care.ports);
    await protection.recover(recovery);
    return recovery.record;
  };
  return { clock, state, protection, told, hosts, recover };
}

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
    t.equal(protection.canRecover(), false);
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
