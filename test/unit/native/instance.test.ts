// The addon on real interfaces: a NAT moves between two processes while traffic flows.
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { addon, Instance, type InstanceOptions } from '../../../native/index.js';
import { prefillAll, runTraffic, TrafficProcess } from '../../../native/traffic-process.js';
import {
  hosts,
  inHost,
  InstanceProcess,
  macs,
  redirect,
  setUp,
  syncAddress,
  tearDown,
  token,
} from './instance-lab.js';

const entries = 20_000;
const nat = {
  inside: { mac: macs[0], address: '10.0.0.1/16' },
  outside: { mac: macs[1], address: '203.0.113.1/24' },
  pool: ['203.0.113.1'],
  capacity: 50_000,
};

function options(role: 'serving' | 'standby'): InstanceOptions {
  const ports = macs.map((mac, i) => ({ interface: `fyd${i}`, mac }));
  return { kind: 'nat44', config: nat, ports, role };
}

const refusedCalls = ['arm', 'prepareSwitch', 'switched', 'abort', 'resume', 'takeover'] as const;

t.test('what is wrong is refused with code and field', (t) => {
  const make = (changes: object): (() => Instance) => {
    const wrong = { ...options('serving'), ...changes };
    return () => new Instance(wrong, () => undefined);
  };
  t.throws(make({ kind: 'teapot' }), { code: 'NF_UNKNOWN_KIND', field: 'kind' });
  t.throws(make({ colour: 1 }), { code: 'CONFIG_UNKNOWN_KEY', field: 'colour' });
  t.throws(make({ role: 'idle' }), { code: 'CONFIG_RANGE', field: 'role' });
  t.throws(make({ ports: [] }), { code: 'CONFIG_RANGE', field: 'ports' });
  t.throws(make({ ports: options('serving').ports.slice(1) }), {
    code: 'CONFIG_RANGE',
    field: 'ports',
  });
  t.throws(make({ ports: [{ interface: 'x', mac: 'y' }] }), {
    code: 'CONFIG_ADDRESS',
    field: 'ports[0].mac',
  });
  t.throws(make({ config: { ...nat, capacity: 0 } }), {
    code: 'CONFIG_RANGE',
    field: 'config.capacity',
  });
  t.throws(make({ config: () => 1 }), { code: 'CONFIG_TYPE', field: 'config' });
  t.throws(make({ stateletWindowMs: 0 }), { code: 'CONFIG_RANGE', field: 'stateletWindowMs' });
  t.throws(() => new addon.Instance(options('serving'), 1 as never), {
    code: 'OPTION_INVALID',
    field: 'onEvent',
  });
  const instance = make({})();
  for (const call of refusedCalls) t.throws(() => instance[call](), { code: 'INSTANCE_STATE' });
  t.throws(() => instance.start(), { code: 'INTERFACE_NOT_FOUND', field: 'ports[0].interface' });
  t.equal(instance.stats().mode, 'stopped');
  instance.stop();
  instance.stop();
  t.end();
});

if (process.getuid?.() !== 0) {
  t.pass('skipped: namespaces need root', { skip: 'not root' });
} else {
  t.teardown(tearDown);
  setUp();

  t.test('a NAT moves between processes: nothing lost, doubled, reordered, changed', async (t) => {
    const src = new InstanceProcess(hosts.src, options('serving'));
    const dest = new InstanceProcess(hosts.dest, options('standby'));
    t.teardown(() => Promise.all([src.close(), dest.close()]));
    await Promise.all([src.call('start'), dest.call('start')]);

    const common = {
      interface: 'fyd0',
      runId: process.pid,
      serverAddress: '203.0.113.10',
      flows: 200,
      ratePps: 4_000,
      packetBytes: 300,
      durationMs: 3_000,
    };
    const server = await TrafficProcess.open(inHost(hosts.server), { role: 'server', ...common });
    t.teardown(() => server.close());
    const client = await TrafficProcess.open(inHost(hosts.client), {
      role: 'client',
      clientAddress: '10.0.1.1',
      nextHop: '10.0.0.1',
      ...common,
    });
    t.teardown(() => client.close());
    await prefillAll(client, server, entries, 20_000);

    const traffic = runTraffic(client, server);
    while ((await src.stats()).entries < entries + common.flows) await setTimeout(20);
    const { port } = (await dest.call('listen', syncAddress.dest, 0, token)) as { port: number };
    await src.call('connect', syncAddress.dest, port, token);
    const synchronised = await dest.event('synchronised');
    t.ok(synchronised.snapshotEntries >= entries);
    await dest.call('arm');
    await src.call('prepareSwitch');
    redirect();
    await src.call('switched');
    const ended = await src.event('ended');
    const serving = await dest.event('serving');
    await src.event('handedOver');
    t.notOk(serving.endMissing);
    t.ok(ended.dataplanePackets > 0);
    t.ok(ended.statelets > 0);

    const report = await traffic;
    t.match(report, { lost: 0, duplicated: 0, corrupted: 0, translationsChanged: 0 });
    t.equal(report.delivered, report.offered);
    if (serving.markerTimeouts + serving.drainTimeouts === 0) t.equal(report.reordered, 0);

    await dest.event('handoverClosed');
    const [before, after] = await Promise.all([src.stats(), dest.stats()]);
    t.equal(before.mode, 'closed');
    t.match(after, { mode: 'serving', phase: 'none' });
    t.equal(after.entries, before.entries);
    t.equal(after.stateletBytes, before.stateletBytes);
    for (const port of [...before.ports, ...after.ports]) t.equal(port.rxKernelDrops, 0);
    t.comment(JSON.stringify({ ...report.latency, serving, drainUs: ended.drainUs }));
    await t.rejects(src.call('connect', syncAddress.dest, port, token), { code: 'INSTANCE_STATE' });
  });
}
