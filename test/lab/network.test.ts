/**
 * An ordinary Mininet network with nothing but `ferry controller`: everybody reaches everybody, also
 * where links make loops, when a link goes down, and when switches or controller are killed.
 */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { z } from 'zod';
import { networkHost, networkLink, networkSwitch } from '../../sdn-app/contract/network.js';
import { Sandbox } from './sandbox.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FERRY = `${ROOT}sdn-app/cli/ferry.mjs`;
const LAB = `${ROOT}test/lab/network_lab.py`;
const PORT = '6653';
const skip = process.geteuid?.() === 0 ? false : 'a network needs root';
/** A ring of four with a chord: several shortest paths, and loops that a broadcast must not enter. */
const RING = ['1-2', '2-3', '3-4', '4-1', '1-3'];
const HOSTS = 4;

const networkShown = z.object({
  switches: z.array(networkSwitch),
  links: z.array(networkLink),
  hosts: z.array(networkHost),
});

interface Program {
  child: ChildProcess;
  nextLine(): Promise<string>;
}

/** Resolves when it has said its first line. */
async function start(sandbox: Sandbox, ...command: string[]): Promise<Program> {
  const child = sandbox.spawn(...command);
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('the program has ended');
    return line.value;
  };
  await nextLine();
  return { child, nextLine };
}

/** Its pid is kept inside: the one known out here is nsenter's. */
function controller(sandbox: Sandbox): Promise<Program> {
  const command = `echo $$ > /run/ferry.pid; exec ${process.execPath} ${FERRY} controller`;
  return start(sandbox, 'sh', '-c', `${command} --listen 127.0.0.1:${PORT}`);
}

/** Resolves when every switch is connected and `ferry network show` has these many links and edges. */
async function discovered(sandbox: Sandbox, links: number, edges: number): Promise<void> {
  let last = '';
  for (const deadline = performance.now() + 60_000; performance.now() < deadline;) {
    const said = await sandbox.run(process.execPath, FERRY, 'network', 'show', '--json');
    last = said.stdout;
    if (said.code === 0) {
      const shown = networkShown.parse(JSON.parse(last));
      const up = shown.links.filter(({ state }) => state === 'up').length;
      const ports = shown.switches.flatMap((each) => each.ports);
      const settled = ports.filter(({ name, role }) => name.includes('eth') && role === 'edge');
      const connected = shown.switches.every((each) => each.connected);
      if (connected && up === links && settled.length === edges) return;
    }
    await sleep(100);
  }
  throw new Error(`not discovered: ${last}`);
}

t.test('mn with Ferry as its remote controller', { skip }, async (t) => {
  const sandbox = await Sandbox.start(t);
  await sandbox.startOvs();
  await controller(sandbox);
  for (const topology of ['tree,3', 'linear,4']) {
    const said = await sandbox.run(
      ...['mn', '--topo', topology, '--test', 'pingall'],
      ...['--switch', 'ovs,protocols=OpenFlow13,datapath=user'],
      ...['--controller', `remote,ip=127.0.0.1,port=${PORT}`],
    );
    t.match(said.stderr, / 0% dropped/, topology);
  }
});

t.test('a ring with a chord', { skip }, async (t) => {
  const sandbox = await Sandbox.start(t);
  await sandbox.startOvs();
  await controller(sandbox);
  const lab = await start(sandbox, '/usr/bin/python3', '-B', LAB, PORT, ...RING);
  const ask = async (command: string): Promise<unknown> => {
    lab.child.stdin?.write(`${command}\n`);
    return JSON.parse(await lab.nextLine());
  };
  const everybodyHears = async (when: string, links: number) => {
    await discovered(sandbox, links, HOSTS);
    t.same(await ask('pingall'), { droppedPercent: 0 }, `pingall ${when}`);
    t.same(await ask('broadcast h1 20'), { heard: [20, 20, 20] }, `broadcasts ${when}`);
  };
  await everybodyHears('at first', 5);
  t.match(await ask('transfer h1 h3 3000000'), { received: 3_000_000, code: 0 });
  await ask('link s1 s3 down');
  await everybodyHears('after a link went down', 4);
  await ask('link s4 s1 down');
  await everybodyHears('after another', 3);
  await ask('link s1 s3 up');
  await everybodyHears('after the first came back', 4);
  await sandbox.restartSwitches();
  await everybodyHears('after the switches were killed', 4);
  await sandbox.run('sh', '-c', 'kill -9 $(cat /run/ferry.pid)');
  t.match(await ask('transfer h2 h4 1000000'), { received: 1_000_000 }, 'without a controller');
  await controller(sandbox);
  await everybodyHears('after the controller was killed', 4);
});

t.test('two switches that a bridge outside joins too', { skip }, async (t) => {
  const sandbox = await Sandbox.start(t);
  await sandbox.startOvs();
  await controller(sandbox);
  const lab = await start(sandbox, '/usr/bin/python3', '-B', LAB, PORT, '1-2', '2-3');
  const ask = async (command: string): Promise<unknown> => {
    lab.child.stdin?.write(`${command}\n`);
    return JSON.parse(await lab.nextLine());
  };
  await discovered(sandbox, 2, 3);
  await ask('bridge s1 s3');
  const blocked = async () => {
    const { stdout } = await sandbox.run(process.execPath, FERRY, 'network', 'show', '--json');
    const { switches } = networkShown.parse(JSON.parse(stdout));
    return switches.flatMap(({ ports }) => ports.filter(({ role }) => role === 'blocked'));
  };
  let found = await blocked();
  for (const deadline = performance.now() + 30_000; performance.now() < deadline;) {
    if (found.length > 0) break;
    await sleep(200);
    found = await blocked();
  }
  t.same(
    found.map(({ name }) => name),
    ['s3-in'],
  );
  t.same(await ask('pingall'), { droppedPercent: 0 });
  t.same(await ask('broadcast h1 20'), { heard: [20, 20] }, 'once each');
});
