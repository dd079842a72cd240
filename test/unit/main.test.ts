/** The controller as a program: it starts, says where, refuses what it cannot do, and ends cleanly. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { stringify } from 'yaml';
import { startController } from '../../sdn-app/main.js';
import { listenAddress } from '../../sdn-app/cli/commands/controller.js';
import { natTopology } from './contract/nat-topology.js';
import { FakeSwitch } from './switch/fake-switch.js';

const PROGRAM = fileURLToPath(new URL('../../../sdn-app/cli/ferry.mjs', import.meta.url));
const loopback = { address: '127.0.0.1', port: 0 };

async function setUp(dir: string): Promise<{ topology: string; stateDir: string }> {
  const topology = join(dir, 'topology.yaml');
  await writeFile(topology, stringify(natTopology()));
  return { topology, stateDir: join(dir, 'state') };
}

async function run(args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [PROGRAM, 'controller', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

t.test('it starts, answers, and starts again from its journal', async (t) => {
  const { topology, stateDir } = await setUp(t.testdir());
  const config = { topology, stateDir, openflow: loopback, http: [loopback, loopback] };
  const first = await startController(config);
  await t.rejects(startController(config), { code: 'STATE_LOCKED' });
  const url = `http://127.0.0.1:${first.http[1]?.port ?? 0}`;
  const vnf = (await (await fetch(`${url}/v1/vnfs/nat1`)).json()) as { instance: string };
  await first.close();
  await t.rejects(fetch(`${url}/v1/health`));
  t.same(await readdir(stateDir), ['journal.jsonl'], 'the lock is gone');

  const second = await startController(config);
  const again = await fetch(`http://127.0.0.1:${second.http[0]?.port ?? 0}/v1/vnfs/nat1`);
  t.match(await again.json(), { instance: vnf.instance, state: 'pending' });
  await second.close();
});

t.test('without a network, a switch gets only what scripts install', async (t) => {
  for (const network of [true, false]) {
    const controller = await startController({ openflow: loopback, http: [loopback], network });
    t.teardown(() => controller.close());
    const fake = new FakeSwitch(controller.openflow.port);
    t.teardown(() => fake.destroy());
    const url = `http://127.0.0.1:${controller.http[0]?.port ?? 0}/stats`;
    const tell = async (priority: number): Promise<number> => {
      const body = JSON.stringify({ dpid: 1, priority });
      return (await fetch(`${url}/flowentry/add`, { method: 'POST', body })).status;
    };
    const deadline = performance.now() + 20_000;
    while ((await tell(7)) === 404 && performance.now() < deadline) await setTimeout(20);
    t.equal(await tell(8), 200);
    const own = fake.received.filter(
      (message) => message.type === 'flowMod' && message.cookie > 0n,
    );
    t.equal(own.length > 0, network);
  }
});

t.test('what keeps it from starting leaves nothing behind', async (t) => {
  const { topology, stateDir } = await setUp(t.testdir());
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const taken = { address: '127.0.0.1', port: (other.address() as AddressInfo).port };
  const config = { topology, stateDir, openflow: loopback, http: [loopback] };
  await t.rejects(startController({ ...config, openflow: taken }), {
    ...{ code: 'PORT_IN_USE', field: 'openflow.port' },
  });
  await t.rejects(startController({ ...config, http: [loopback, taken] }), {
    ...{ code: 'PORT_IN_USE', field: 'http.1' },
  });
  await t.rejects(startController({ ...config, topology: '/nowhere' }), {
    code: 'TOPOLOGY_UNREADABLE',
  });
  await t.rejects(startController({ ...config, ...{ extra: 1 } }), {
    ...{ code: 'CONFIG_INVALID', field: 'extra' },
  });
  await t.rejects(startController({ ...config, http: [] }), {
    ...{ code: 'CONFIG_INVALID', field: 'http' },
  });
  await writeFile(join(stateDir, 'journal.jsonl'), 'garbage\n{"crc":"00000000"}\n');
  await (await startController(config)).close();
});

t.test('from the command line', async (t) => {
  const { topology, stateDir } = await setUp(t.testdir());
  const options = ['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0'];
  const args = ['--topology', topology, '--state-dir', stateDir, ...options];
  const child = spawn(process.execPath, [PROGRAM, 'controller', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  t.match(line.toString(), /OpenFlow on 127\.0\.0\.1:\d+, HTTP on 127\.0\.0\.1:\d+/);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  t.equal(code, 0);
  t.same(await readdir(stateDir), ['journal.jsonl']);
});

t.test('without a topology it keeps nothing', async (t) => {
  const controller = await startController({ openflow: loopback, http: [loopback] });
  t.teardown(() => controller.close());
  const url = `http://127.0.0.1:${controller.http[0]?.port ?? 0}`;
  t.match(await (await fetch(`${url}/v1/health`)).json(), { switches: { declared: 0 } });
  t.same(await (await fetch(`${url}/v1/vnfs`)).json(), []);
});

t.test('a command line that is wrong', async (t) => {
  t.match(await run(['--help']), { code: 0, out: /Usage.*--state-dir/s, err: '' });
  const missing = await run(['--topology', 'x.yaml']);
  t.match(missing, { code: 2, out: '', err: /^error CONFIG_INVALID: .*\(stateDir\)/ });
  t.match(await run(['--bogus']), { code: 2, err: /CONFIG_INVALID/ });
  t.match(await run(['--listen', '1.2.3.4']), { code: 2, err: /--listen.*127\.0\.0\.1:6653/ });
  const state = join(t.testdir(), 'state');
  const unreadable = await run(['--topology', '/nowhere.yaml', '--state-dir', state]);
  t.match(unreadable, { code: 1, err: /^error TOPOLOGY_UNREADABLE: .* -> / });
});

t.test('addresses', (t) => {
  t.same(listenAddress('127.0.0.1:1'), { address: '127.0.0.1', port: 1 });
  t.same(listenAddress('[::1]:2'), { address: '::1', port: 2 });
  t.same(listenAddress('localhost:3'), { address: 'localhost', port: 3 });
  for (const bad of ['127.0.0.1', ':80', '1.2.3.4:65536', '1.2.3.4:x', '::1:80', '']) {
    t.throws(() => listenAddress(bad), /ADDRESS:PORT/, bad);
  }
  t.end();
});
