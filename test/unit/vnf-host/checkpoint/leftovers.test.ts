// A dump that an agent which was killed has left at work: let finish, or ended when it hangs.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
} from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { settleLeftovers } from '../../../../vnf-host/checkpoint/leftovers.js';
import { watchProgress } from '../../../../vnf-host/checkpoint/progress.js';
import { until } from '../support/controller.js';

const STILL_MS = 1000;
const dir = mkdtempSync(join(tmpdir(), 'fyau-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

function endAfter(t: Test, child: ChildProcess): ChildProcess {
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

/** Told on its command line what criu is told, for the tree of process `root`. */
function fakeCriu(t: Test, work: string, root: number, script: string): ChildProcess {
  const path = join(dir, 'criu');
  writeFileSync(path, `#!/bin/sh\ntouch ${work}/begun\n${script}\n`);
  chmodSync(path, 0o755);
  const words = ['dump', '--tree', String(root), '--images-dir', work, '-v2'];
  return endAfter(t, spawn(path, words, { detached: true, stdio: 'ignore' }));
}

const stateOf = (pid: number | undefined) =>
  /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1];

async function working(t: Test, name: string, script: string) {
  const work = join(dir, `work-${name}`);
  mkdirSync(work);
  const subject = endAfter(t, spawn('sleep', ['600'], { stdio: 'ignore' }));
  const criu = fakeCriu(t, work, subject.pid ?? 0, script);
  await until(() => (existsSync(join(work, 'begun')) ? true : undefined), 'the dump');
  return { work, subject, criu };
}

t.test('one that gets on is waited for', async (t) => {
  const { work } = await working(
    t,
    'goes',
    'for n in 1 2 3 4 5 6 7 8; do echo . >>$5/page; sleep 0.3; done; touch $5/done',
  );
  await settleLeftovers(join(dir, 'work-'), STILL_MS);
  t.ok(existsSync(join(work, 'done')));
});

t.test('one that hangs is ended, and what it has stopped goes on', async (t) => {
  const { subject, criu } = await working(t, 'hangs', 'kill -STOP $3; sleep 600');
  await until(() => (stateOf(subject.pid) === 'T' ? true : undefined), 'the stop');
  const ended = once(criu, 'exit');
  await settleLeftovers(join(dir, 'work-'), STILL_MS);
  t.same(await ended, [null, 'SIGKILL']);
  await until(() => (stateOf(subject.pid) === 'S' ? true : undefined), 'going on');
});

t.test('what works for others is left alone', async (t) => {
  const { criu } = await working(t, 'other', 'sleep 600');
  await settleLeftovers(join(dir, 'elsewhere', 'work-'), STILL_MS);
  t.equal(criu.exitCode, null);
  t.equal(criu.signalCode, null);
});

t.test('progress is any byte that is written', async (t) => {
  const work = join(dir, 'progress');
  mkdirSync(work);
  const watch = watchProgress(work, STILL_MS);
  t.teardown(() => watch.close());
  let bytes = 0;
  const writer = setInterval(() => appendFileSync(join(work, 'page'), String((bytes += 1))), 20);
  t.teardown(() => clearInterval(writer));
  await until(() => (bytes > 150 ? true : undefined), 'bytes');
  t.equal(watch.hangs.aborted, false);
  clearInterval(writer);
  await until(() => (watch.hangs.aborted ? true : undefined), 'the verdict');
});
