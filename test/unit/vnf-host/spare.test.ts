import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeHostDir } from '../../../vnf-host/launch.js';
import { isAlive, signalProcess, type ProcessIdentity } from '../../../vnf-host/process.js';
import { Spare, type SpareProcess } from '../../../vnf-host/spare.js';
import { until } from './support/controller.js';

/** An instance that tells what it was started with, then stays. */
const ENTRY = `
  import { renameSync, writeFileSync } from 'node:fs';
  writeFileSync('/run/ferry-host/about.tmp', JSON.stringify([process.pid, process.argv[2]]));
  renameSync('/run/ferry-host/about.tmp', '/run/ferry-host/about');
  setInterval(() => {}, 1e6);
`;
/** An agent that makes a spare and says which process it is. */
const AGENT = `
  const { Spare } = await import(process.argv[1]);
  const spare = new Spare(process.argv[2], process.argv[3], () => undefined);
  spare.prepare();
  const timer = setInterval(() => {
    const taken = spare.take();
    if (taken === undefined) return;
    clearInterval(timer);
    console.log(JSON.stringify(taken.identity));
    setInterval(() => {}, 1e6);
  }, 20);
`;

interface Test {
  teardown: (task: () => void) => unknown;
}

function surroundings(t: Test) {
  const runDir = mkdtempSync(join(tmpdir(), 'fyag-'));
  t.teardown(() => rmSync(runDir, { recursive: true, force: true }));
  const entry = join(runDir, 'entry.mjs');
  writeFileSync(entry, ENTRY);
  // The processes that are waited for keep nothing alive.
  const patience = setTimeout(() => undefined, 60_000);
  t.teardown(() => clearTimeout(patience));
  return { runDir, entry };
}

async function spareOf(t: Test, runDir: string, entry: string) {
  const spare = new Spare(runDir, entry, () => undefined);
  t.teardown(() => spare.close());
  spare.prepare();
  const taken = await until(() => spare.take(), 'a spare process');
  t.teardown(() => void signalProcess(taken.identity, 'SIGKILL'));
  return { spare, taken };
}

/** Where a link leads; nowhere when it has just gone. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Of each AF_PACKET socket that the process has open: the index of its interface, 0: none. */
function packetSockets({ pid }: ProcessIdentity): number[] {
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const [, ...lines] = readFileSync(`/proc/${pid}/net/packet`, 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    return open.includes(`socket:[${fields[8]}]`) ? [Number(fields[4])] : [];
  });
}

const untilGone = ({ identity }: Pick<SpareProcess, 'identity'>) =>
  until(() => (isAlive(identity) ? undefined : true), 'end of the spare');

t.before(makeHostDir);

t.test('a spare becomes the instance of a manifest', async (t) => {
  const { runDir, entry } = surroundings(t);
  const { taken } = await spareOf(t, runDir, entry);
  t.notOk(existsSync(join(runDir, 'about')), 'it waits');
  const environment = readFileSync(`/proc/${taken.identity.pid}/environ`, 'utf8');
  t.ok(environment.includes(`FERRY_LAUNCH=${taken.launch}`), 'found by its token');

  taken.become(join(runDir, 'nat1.00000001.json'));
  await until(() => (existsSync(join(runDir, 'about')) ? true : undefined), 'the instance');
  t.same(JSON.parse(readFileSync(join(runDir, 'about'), 'utf8')), [
    2,
    '/run/ferry-host/nat1.00000001.json',
  ]);
  t.ok(isAlive(taken.identity), 'it is the same process');
});

t.test('a spare has the packet rings of two ports, on no interface', async (t) => {
  const { runDir, entry } = surroundings(t);
  const { taken } = await spareOf(t, runDir, entry);
  const sockets = await until(() => {
    const found = packetSockets(taken.identity);
    return found.length === 2 ? found : undefined;
  }, 'the packet sockets');
  t.same(sockets, [0, 0]);
});

t.test('a spare that nobody needs ends with its agent', async (t) => {
  const { runDir, entry } = surroundings(t);
  const { spare, taken } = await spareOf(t, runDir, entry);
  signalProcess(taken.identity, 'SIGKILL');
  await untilGone(taken);
  t.equal(spare.take(), undefined, 'a dead one is not given out');

  const module = new URL('../../../vnf-host/spare.js', import.meta.url).href;
  const words = ['--input-type=module', '-e', AGENT, module, runDir, entry];
  const agent = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => agent.kill('SIGKILL'));
  const [line] = (await once(agent.stdout, 'data')) as [Buffer];
  const identity = JSON.parse(line.toString()) as ProcessIdentity;
  t.ok(isAlive(identity), 'it waits as long as its agent lives');
  agent.kill('SIGKILL');
  await untilGone({ identity });
});

t.test('closing ends a spare that is still starting', async (t) => {
  const { runDir, entry } = surroundings(t);
  const spare = new Spare(runDir, entry, () => undefined);
  spare.prepare();
  await until(() => spare.starting, 'the start');
  const { starting } = spare;
  spare.close();
  if (starting !== undefined) await untilGone({ identity: starting });
  t.equal(spare.take(), undefined);
});
