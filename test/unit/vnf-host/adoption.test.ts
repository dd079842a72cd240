import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeManifest } from '../../../vnf-host/manifest.js';
import { identify } from '../../../vnf-host/process.js';
import { until } from './support/controller.js';
import { natSpec, TestHost } from './support/host.js';

const ID = 'nat1.00000001';

t.test('a killed agent’s instances go on, and its successor adopts them', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'standby'));
  await host.call(ID, { method: 'takeover' });
  await host.untilRole(ID, 'serving');
  const before = await host.turns(ID);
  await host.killAgent();

  const [adopted, ...others] = await host.startAgent();
  t.match(adopted, { id: ID, vnf: 'nat1', pid, stats: { mode: 'serving' }, missed: [] });
  t.same(others, []);
  t.ok((await host.turns(ID)) > before, 'its datapath never stopped');
  t.notOk(host.controller.messages.some((each) => each.type === 'instanceExited'));

  process.kill(pid, 'SIGKILL');
  const exited = await host.controller.next('instanceExited');
  t.match(exited, { code: null, signal: null, restarting: true }, 'it watches what it adopted');
  const restarted = await host.controller.next('instanceRestarted');
  await host.controller.get({ method: 'stopInstance', instance: ID });
  t.equal(identify(restarted.pid), undefined);
});

t.test('what an instance told while no agent was there comes with the hello', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'standby'));
  await host.killAgent();
  process.kill(pid, 'SIGUSR2');
  await host.untilFile('told');
  const [instance] = await host.startAgent();
  t.match(instance, {
    missed: [{ type: 'serving', endMissing: true }],
    stats: { mode: 'serving' },
  });
  await host.untilRole(ID, 'serving');
});

t.test('what ended while no agent was there: reported, restarted if it served', async (t) => {
  const host = await TestHost.up(t);
  const standby = 'nat1.00000002';
  const pids = [
    await host.start(natSpec(ID, 'serving')),
    await host.start(natSpec(standby, 'standby')),
  ];
  await host.killAgent();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(() => (pids.some((pid) => identify(pid)) ? undefined : true), 'end of both');

  t.same(await host.startAgent(), []);
  const served = await host.controller.next('instanceExited', (each) => each.instance === ID);
  t.equal(served.restarting, true);
  const stood = await host.controller.next('instanceExited', (each) => each.instance === standby);
  t.equal(stood.restarting, false);
  await host.controller.next('instanceRestarted', (each) => each.instance === ID);
  t.match(await host.call(ID, { method: 'stats' }), { mode: 'serving' });
});

t.test('an agent killed between a start and its record: the process is found', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'serving'));
  await host.killAgent();
  await writeManifest(join(host.runDir, `${ID}.json`), { ...host.manifest(ID), process: null });

  const [adopted] = await host.startAgent();
  t.equal(adopted?.pid, pid);
  t.equal(host.manifest(ID).process?.pid, pid, 'and recorded');
});

t.test('an agent killed during a start: its successor finishes it', async (t) => {
  const host = await TestHost.up(t);
  const spec = natSpec(ID, 'standby', 'gated');
  host.controller.send(JSON.stringify({ id: 99, method: 'startInstance', spec }));
  await host.untilFile(`${ID}.json`);
  const pid = await until(() => host.manifest(ID).process?.pid, 'process');
  await host.killAgent();
  t.match(await host.startAgent(), [{ id: ID, pid, stats: undefined }]);
  const started = host.start(spec);
  host.openGate();
  t.equal(await started, pid, 'the same start, asked again, is answered when it is ready');
  t.match(await host.call(ID, { method: 'stats' }), { mode: 'standby' });
});

t.test('an end that was asked for is completed by the next agent', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'serving'));
  await host.killAgent();
  const manifest = { ...host.manifest(ID), wanted: 'stopped' as const };
  await writeManifest(join(host.runDir, `${ID}.json`), manifest);
  t.same(await host.startAgent(), []);
  t.equal(identify(pid), undefined);
  t.same(readdirSync(host.runDir), ['agent.lock']);
});

t.test('a process of another start time is never touched', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'serving'));
  await host.killAgent();
  const manifest = host.manifest(ID);
  const mine = identify(process.pid);
  if (mine === undefined) throw new Error('no /proc');
  // As if the instance had ended and the kernel had given its pid to this test.
  const stale = { pid: mine.pid, startTicks: mine.startTicks - 1 };
  const path = join(host.runDir, `${ID}.json`);
  await writeManifest(path, { ...manifest, wanted: 'stopped', process: stale });
  await host.startAgent();
  t.ok(identify(process.pid), 'this test still runs');
  process.kill(pid, 'SIGKILL');
});

t.test('a file that is no manifest is left alone', async (t) => {
  const host = await TestHost.up(t);
  await host.killAgent();
  writeFileSync(join(host.runDir, `${ID}.json`), '{"version":1');
  t.same(await host.startAgent(), []);
  t.ok(readdirSync(host.runDir).includes(`${ID}.json`));
});

t.test('an instance whose record names another start ends by itself', async (t) => {
  const host = await TestHost.up(t);
  const spec = natSpec(ID, 'standby', 'gated');
  const starting = host.controller.ask({ method: 'startInstance', spec });
  // Past its first look at the record: another agent may take over during a long start.
  await host.untilFile('waiting');
  const pid = await until(() => host.manifest(ID).process?.pid, 'process');
  const path = join(host.runDir, `${ID}.json`);
  await writeManifest(path, { ...host.manifest(ID), launch: '0'.repeat(32) });
  host.openGate();
  t.match(await starting, { type: 'failure', problem: { code: 'INSTANCE_FAILED' } });
  t.equal(identify(pid), undefined);
});

t.test('an agent that is ended in order leaves its instances too', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'serving'));
  await host.killAgent('SIGTERM');
  t.ok(identify(pid));
  t.match(await host.startAgent(), [{ id: ID, pid, stats: { mode: 'serving' } }]);
});

t.test('two agents on one run directory: the second refuses', async (t) => {
  const host = await TestHost.up(t);
  const pid = await host.start(natSpec(ID, 'serving'));
  const second = host.spawnAgent('ignore');
  const code = await new Promise((resolve) => second.once('exit', resolve));
  t.not(code, 0);
  t.ok(identify(pid));
  t.match(await host.controller.get({ method: 'listInstances' }), [{ pid }]);
});
