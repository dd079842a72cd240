import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { lockState } from '../../../sdn-app/store/lock.js';

function startTime(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

t.test('one holder at a time, and nothing left after it', async (t) => {
  const dir = join(t.testdir(), 'made', 'on', 'demand');
  const lock = await lockState(dir);
  await t.rejects(lockState(dir), { code: 'STATE_LOCKED', field: 'stateDir' });
  await lock.release();
  t.same(await readdir(dir), []);
  await (await lockState(dir)).release();
});

t.test('a process that lives keeps it, one that has died does not', async (t) => {
  const dir = t.testdir();
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const theirs = `lock.${pid}.${startTime(pid)}`;
  await writeFile(join(dir, theirs), '');
  await t.rejects(lockState(dir), { code: 'STATE_LOCKED', message: new RegExp(`process ${pid}`) });
  t.same(await readdir(dir), [theirs], 'it stays theirs');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await lockState(dir);
  t.match(await readdir(dir), [new RegExp(`^lock\\.${process.pid}\\.`)]);
  await lock.release();
});

t.test('a pid that another process has got meanwhile does not keep it', async (t) => {
  const dir = t.testdir({ [`lock.${process.ppid}.1`]: '' });
  await (await lockState(dir)).release();
  t.same(await readdir(dir), []);
});

t.test('other files are left alone', async (t) => {
  const files = { lock: '', 'lock.x.1': '', 'journal.jsonl': '' };
  const dir = t.testdir(files);
  await (await lockState(dir)).release();
  t.same((await readdir(dir)).sort(), Object.keys(files).sort());
});

t.test('of several at once one gets it', async (t) => {
  const dir = t.testdir({ 'lock.999999.1': '' });
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockState(dir)));
  t.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
});
