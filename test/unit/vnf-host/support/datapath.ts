/** Runs in a network namespace of its own: the agent with the real native datapath, over veth. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { instanceStats, type InstanceSpec } from '../../../../sdn-app/contract/instance.js';
import { natSpec, TestHost } from './host.js';

const REAL_ENTRY = fileURLToPath(new URL('../../../../vnf-host/instance/main.js', import.meta.url));
const SRC = 'nat1.00000001';
const DEST = 'nat1.00000002';
const TOKEN = '0123456789abcdef'.repeat(2);

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'inherit' });

/** A veth pair `name`, `name`p, both up. */
function addLink(name: string): void {
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`);
  ip('link', 'set', name, 'up');
  ip('link', 'set', `${name}p`, 'up');
}

function onLinks(id: string, role: InstanceSpec['role'], inside: string, outside: string) {
  const spec = natSpec(id, role, inside);
  const ports = spec.ports.map((port) =>
    port.name === 'outside' ? { ...port, interface: outside } : port,
  );
  return { ...spec, ports };
}

ip('link', 'set', 'lo', 'up');
for (const name of ['fyag0', 'fyag1', 'fyag2', 'fyag3']) addLink(name);
ip('address', 'add', '10.0.0.2/16', 'dev', 'fyag0p');

t.test('a port whose interface is missing: a coded failure that names it', async (t) => {
  const host = await TestHost.up(t, REAL_ENTRY);
  const answer = await host.controller.ask({
    method: 'startInstance',
    spec: onLinks(SRC, 'serving', 'fyag0', 'fyag9'),
  });
  t.match(answer, {
    type: 'failure',
    problem: { code: /^[A-Z_]+$/, message: /fyag9/, field: 'ports[1].interface' },
  });
});

t.test('a migration by the agent’s calls', async (t) => {
  const host = await TestHost.up(t, REAL_ENTRY);
  await host.start(onLinks(SRC, 'serving', 'fyag0', 'fyag1'));
  await host.start(onLinks(DEST, 'standby', 'fyag2', 'fyag3'));
  const stats = instanceStats.parse(await host.call(SRC, { method: 'stats' }));
  t.match(stats, { mode: 'serving', entries: 0, sync: { phase: 'none' } });
  t.type(stats.counters['outside.rxPackets'], 'number');

  const wrong = await host.controller.ask({
    method: 'callInstance',
    instance: SRC,
    call: { method: 'takeover' },
  });
  t.match(wrong, { type: 'failure', problem: { code: 'INSTANCE_STATE' } });

  const address = '127.0.0.1';
  const listening = await host.call(DEST, { method: 'listen', address, token: TOKEN });
  const { port } = listening as { port: number };
  await host.call(SRC, { method: 'connect', address, port, token: TOKEN });
  const told = (instance: string, type: string) =>
    host.controller.next(
      'instanceEvent',
      (each) => each.instance === instance && each.event.type === type,
    );
  await told(DEST, 'synchronised');
  await host.call(DEST, { method: 'arm' });
  await host.call(SRC, { method: 'prepareSwitch' });
  await host.call(SRC, { method: 'switched' });
  await told(SRC, 'ended');
  await told(DEST, 'serving');
  await told(DEST, 'handoverClosed');
  t.match(await host.call(SRC, { method: 'stats' }), { mode: 'closed' });
  t.match(await host.call(DEST, { method: 'stats' }), { mode: 'serving' });
  await host.untilRole(DEST, 'serving');
  await host.untilRole(SRC, 'standby');
  await host.controller.get({ method: 'stopInstance', instance: SRC });
  await host.controller.get({ method: 'stopInstance', instance: DEST });
});

t.test('a killed agent interrupts no packet', async (t) => {
  const host = await TestHost.up(t, REAL_ENTRY);
  const pid = await host.start(onLinks(SRC, 'serving', 'fyag0', 'fyag1'));
  const ping = spawn('ping', ['-n', '-q', '-i', '0.01', '-c', '300', '-w', '60', '10.0.0.1']);
  let output = '';
  ping.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(ping, 'close');
  let kills = 0;
  for (; ping.exitCode === null; kills += 1) {
    await host.killAgent();
    t.match(await host.startAgent(), [{ id: SRC, pid, stats: { mode: 'serving' } }]);
  }
  await ended;
  t.match(output, /300 packets transmitted, 300 received/, `with ${kills} kills`);
});
