// Dumps that hang with the processes stopped: killed, and the processes go on.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { dump } from '../../../../vnf-host/checkpoint/dump.js';
import { findCriu } from '../../../../vnf-host/checkpoint/probe.js';
import { launchProgram, makeHostDir } from '../../../../vnf-host/launch.js';
import { parentOf, signalProcess, type ProcessIdentity } from '../../../../vnf-host/process.js';
import { until } from '../support/controller.js';

const dir = mkdtempSync(join(tmpdir(), 'fyc2-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

/** Counts in a file of its host, as long as it runs. */
const PROGRAM = `
  let count = 0;
  setInterval(() => require('fs').writeFileSync('/run/ferry-host/count', String(count += 1)), 5);
`;

async function counting(runDir: string): Promise<ProcessIdentity> {
  mkdirSync(runDir);
  writeFileSync(join(runDir, 'count'), '0');
  await makeHostDir();
  const words = [process.execPath, '--eval', PROGRAM];
  const { identity } = await launchProgram(runDir, words, 'f'.repeat(32));
  if (identity === undefined) throw new Error('not started');
  t.teardown(() => signalProcess(identity, 'SIGKILL'));
  return identity;
}

/** Resolves once the program has gone on by some counts. */
async function goesOn(runDir: string): Promise<void> {
  const count = () => Number(readFileSync(join(runDir, 'count'), 'utf8') || 0);
  const before = count();
  await until(() => (count() > before + 3 ? true : undefined), 'progress');
}

function script(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

async function hangs(t: Test, name: string, path: string): Promise<void> {
  const runDir = join(dir, name);
  const imagesDir = join(dir, `${name}-images`);
  mkdirSync(imagesDir);
  const identity = await counting(runDir);
  await goesOn(runDir);
  const criu = { path, version: '0', sha256: '' };
  const connections = 'keep' as const;
  const options = { imagesDir, connections, after: 'goesOn' as const, limitMs: 3000 };
  await t.rejects(dump(criu, identity, options), {
    code: 'CHECKPOINT_FAILED',
    message: /was stopped after \d+ ms/,
  });
  t.match(readFileSync(join(imagesDir, 'hung'), 'utf8'), /hung/, 'it did hang');
  await goesOn(runDir);
  t.type(parentOf(identity), 'number');
}

t.test('a program that stops the processes by signals and hangs', async (t) => {
  const images = join(dir, 'signals-images');
  const stop = `kill -STOP "$3" $(cat /proc/$3/task/$3/children)`;
  await hangs(t, 'signals', script('stops', `${stop}\necho hung >${images}/hung\nsleep 600`));
});

const real = await findCriu();
const skip = real === undefined && 'no criu works on this machine: `ferry doctor` says why';
t.test('the real criu, hung at the end of the dump', { skip }, async (t) => {
  const images = join(dir, 'real-images');
  const action = script(
    'action',
    `[ "$CRTOOLS_SCRIPT_ACTION" = post-dump ] || exit 0\necho hung >${images}/hung\nsleep 600`,
  );
  const wrapper = script('wrapper', `exec ${real?.path ?? ''} "$@" --action-script ${action}`);
  await hangs(t, 'real', wrapper);
});

t.test('a process that has ended is told', async (t) => {
  const identity = await counting(join(dir, 'ended'));
  process.kill(identity.pid, 'SIGKILL');
  await until(() => (parentOf(identity) === undefined ? true : undefined), 'end');
  const criu = { path: '/no/criu', version: '0', sha256: '' };
  const options = { imagesDir: dir, connections: 'keep' as const, after: 'goesOn' as const };
  await t.rejects(dump(criu, identity, options), { message: /has ended/ });
});
