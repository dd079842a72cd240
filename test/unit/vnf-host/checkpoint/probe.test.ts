import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { findCriu, probeAll } from '../../../../vnf-host/checkpoint/probe.js';

const dir = mkdtempSync(join(tmpdir(), 'fyc2-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));
const home = join(dir, 'home');
const real = await findCriu();

function script(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

const SAYS_VERSION = 'if [ "$1" = --version ]; then echo "Version: 9.9"; exit; fi';

t.test('a criu that only says that it works is found out, and the next one is tried', async (t) => {
  const missing = join(dir, 'missing');
  const mute = script('mute', 'exit 0');
  const check = script('check', `${SAYS_VERSION}\n[ "$1" = check ] && exit 0\nexit 1`);
  const liar = script('liar', `${SAYS_VERSION}\nexit 0`);
  const paths = [missing, mute, check, liar, ...(real === undefined ? [] : [real.path])];
  const before = execFileSync('ip', ['netns', 'list']).toString();
  const probed = await probeAll(paths, home);
  t.match(probed.slice(0, 4), [
    { path: missing, criu: undefined, verdict: { works: false, reason: /ENOENT/ } },
    { path: mute, criu: undefined, verdict: { works: false, reason: /version/ } },
    { path: check, criu: { version: '9.9' }, verdict: { works: false, reason: /dump .* failed/ } },
    { path: liar, criu: { version: '9.9' }, verdict: { works: false } },
  ]);
  t.equal(execFileSync('ip', ['netns', 'list']).toString(), before, 'no namespace is left');
  t.same(
    readdirSync(tmpdir()).filter((name) => name.startsWith('ferry-probe-')),
    [],
  );
  if (real !== undefined) {
    t.match(probed[4], { path: real.path, verdict: { works: true, frozenMs: Number } });
    t.equal(readdirSync(home).length, 1, 'only what works is remembered');
  }
});
