/** The order of a takeover's steps, whoever takes over: who may speak before whom. */
import t from 'tap';
import type { InstanceEvent, InstanceStats } from '../../../sdn-app/contract/instance.js';
import { recoveryPolicy } from '../../../sdn-app/contract/recovery-policy.js';
import { EventLog } from '../../../sdn-app/events.js';
import type { HostEvent } from '../../../sdn-app/hosts/port.js';
import { Listeners } from '../../../sdn-app/listeners.js';
import type { Fault } from '../../../sdn-app/recovery/fault.js';
import type { RecoveryPorts } from '../../../sdn-app/recovery/ports.js';
import { Recovery } from '../../../sdn-app/recovery/recovery.js';
import { Takeover, type HeirKind } from '../../../sdn-app/recovery/takeover.js';
import { FakeClock } from '../migration/world/fake-clock.js';

const STATS: InstanceStats = {
  mode: 'serving',
  entries: 1,
  counters: { heardAgoUs: 9000 },
  sync: {
    ...{ phase: 'none', snapshotBytes: 0, snapshotEntries: 0, statelets: 7, stateletBytes: 0 },
    ...{ dataplaneBytes: 0, dataplanePackets: 0, lagBytes: 0, heldPackets: 0, heldPeakPackets: 0 },
    ...{ stragglers: 0, markerTimeouts: 0, reconnects: 0 },
  },
};
const KIND: HeirKind = {
  name: 'standby',
  hold: { method: 'arm' },
  takeOver: { method: 'takeover', atOnce: true },
  told: (event) => (event.type === 'serving' ? event.stats : undefined),
  figures: ({ mode }) => ({ serves: mode === 'serving', statelets: 7, heardAgoUs: 9000 }),
};
const SWITCHES_MS = 8;
const record = {
  ...{ vnf: 'nat1', host: 'host2', instance: 'nat1.00000002' },
  ...{ servingHost: 'host1', servingInst: 'nat1.00000001', ready: true },
};
const policy = recoveryPolicy.parse({ mechanism: '1R-AS' });

function world(provenDead: boolean, switchOrders: boolean) {
  const clock = new FakeClock();
  const events = new EventLog(clock);
  const news = new Listeners<HostEvent>();
  const done: string[] = [];
  const serve = () => {
    const event: InstanceEvent = { type: 'serving', endMissing: true, stats: STATS };
    news.emit({ type: 'instanceEvent', host: record.host, instance: record.instance, event });
  };
  const pass = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  const ports = {
    clock,
    events,
    store: { write: () => Promise.resolve() },
    hosts: {
      connected: () => true,
      instances: () => new Map([[record.instance, { stats: undefined }]]),
      subscribe: (listener: (event: HostEvent) => void) => news.add(listener),
      call: async (_host: string, _instance: string, { method }: { method: string }) => {
        done.push(method);
        await pass(1);
        if (method === 'takeover') serve();
      },
    },
    steering: {
      connected: () => true,
      subscribe: () => () => undefined,
      softwareVersion: () => '3.1.0',
      settle: async (_vnf: string, host: string) => {
        done.push('settling');
        await pass(SWITCHES_MS);
        done.push(`settled ${host}`);
        if (switchOrders) serve();
      },
    },
    vnfs: {
      show: () => done.push('shown'),
      place: (_vnf: string, host: string) => Promise.resolve(void done.push(`placed ${host}`)),
    },
  } as unknown as RecoveryPorts;
  const fault: Fault = {
    ...{ vnf: 'nat1', type: 'processStopped', detectedBy: 'standby', cause: 'test' },
    serving: { host: record.servingHost, instance: record.servingInst },
    ...{ provenDead, silentMs: 12 },
  };
  const recovery = Recovery.begin(fault, '1R-AS', ports);
  const after = { host: record.host, instance: record.instance, parts: [] };
  if (policy.mechanism !== '1R-AS') throw new Error('of a standby');
  const takeover = new Takeover({ kind: KIND, record, after }, recovery, { policy, ports });
  return { clock, done, recovery, run: () => clock.settled(takeover.run()) };
}

t.test(
  'one that may live: nobody is ordered to speak before all switches have committed',
  async (t) => {
    const { done, recovery, run } = world(false, false);
    await run();
    const [first, second, ...others] = done;
    t.same([first, second].sort(), ['arm', 'settling'], 'it holds what comes meanwhile');
    t.same(others, ['settled host2', 'takeover', 'shown', 'placed host2']);
    t.match(recovery.record, { destHost: 'host2', recovery: { replayedStatelets: 7 } });
    t.equal(recovery.record.recovery.outageMs, 12 + SWITCHES_MS + 1);
  },
);

t.test('the switch has given the order: its agent need not', async (t) => {
  const { done, run } = world(false, true);
  await run();
  t.notOk(done.includes('takeover'));
});

t.test('one that is dead is waited for by nobody', async (t) => {
  const { done, recovery, run } = world(true, false);
  await run();
  t.same(done, ['takeover', 'settling', 'settled host2', 'shown', 'placed host2']);
  t.ok((recovery.record.stepsMs['tookOver'] ?? SWITCHES_MS) < SWITCHES_MS);
});
