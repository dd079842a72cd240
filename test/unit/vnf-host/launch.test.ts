import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { launchInstance, makeHostDir } from '../../../vnf-host/launch.js';
import { findLaunched, identify, signalProcess } from '../../../vnf-host/process.js';
import { until } from './support/controller.js';

const LAUNCH = 'f'.repeat(31) + '1';

/** A program that tells where it is, then stays. */
const PROGRAM = `
  import { renameSync, writeFileSync } from 'node:fs';
  const about = { pid: process.pid, args: process.argv.slice(2) };
  writeFileSync('/run/ferry-host/about.tmp', JSON.stringify(about));
  renameSync('/run/ferry-host/about.tmp', '/run/ferry-host/about');
  setInterval(() => {}, 1e6);
`;

t.test(
  'an instance has a process namespace, a session and a host directory of its own',
  async (t) => {
    const runDir = mkdtempSync(join(tmpdir(), 'fyc2-'));
    t.teardown(() => rmSync(runDir, { recursive: true, force: true }));
    const entry = join(runDir, 'entry.mjs');
    writeFileSync(entry, PROGRAM);
    await makeHostDir();
    t.equal(findLaunched(LAUNCH, runDir), undefined);
    const { child, identity } = await launchInstance(entry, join(runDir, 'nat1.json'), LAUNCH);
    if (identity === undefined) throw new Error('not started');
    t.teardown(() => signalProcess(identity, 'SIGKILL'));
    // Nothing else keeps the test waiting: the agent does not wait for its instances.
    const patience = setTimeout(() => undefined, 60_000);
    t.teardown(() => clearTimeout(patience));
    const exit = once(child, 'exit');
    await until(() => (existsSync(join(runDir, 'about')) ? true : undefined), 'start');
    const about = JSON.parse(readFileSync(join(runDir, 'about'), 'utf8')) as Record<
      string,
      unknown
    >;
    t.equal(about['pid'], 2, 'its number is free on every host');
    t.same(about['args'], ['/run/ferry-host/nat1.json']);
    for (const fd of [0, 1, 2]) {
      t.equal(readlinkSync(`/proc/${identity.pid}/fd/${fd}`), '/dev/null');
    }
    t.same(
      findLaunched(LAUNCH, runDir),
      identity,
      'found by its token, not the process that waits for it',
    );
    const session = readFileSync(`/proc/${identity.pid}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ')[3];
    t.equal(Number(session), identity.pid);
    t.notOk(existsSync('/run/ferry-host/about'), 'the mount is the instance’s alone');

    process.kill(identity.pid, 'SIGKILL');
    t.same(await exit, [null, 'SIGKILL'], 'its end is told as it was');
    t.equal(identify(identity.pid), undefined);
  },
);

t.test(
  'a copy that sees another run directory is not taken for the process of a start',
  async (t) => {
    const launch = 'f'.repeat(31) + '2';
    const words = ['--net', '--pid', '--fork', '--kill-child', 'sleep', '600'];
    const other = spawn('unshare', words, { env: { ...process.env, FERRY_LAUNCH: launch } });
    t.teardown(() => other.kill('SIGKILL'));
    const count = () =>
      execFileSync('cat', [`/proc/${other.pid ?? 0}/task/${other.pid ?? 0}/children`]);
    await until(() => (count().length > 0 ? true : undefined), 'child');
    t.equal(findLaunched(launch, tmpdir()), undefined);
  },
);
