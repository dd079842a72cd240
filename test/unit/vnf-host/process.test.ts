import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { identify, isAlive, signalProcess } from '../../../vnf-host/process.js';
import { until } from './support/controller.js';

t.test('a process is known by pid and start time', async (t) => {
  // A name with a parenthesis and spaces: /proc/PID/stat does not quote it.
  const child = spawn('/bin/sh', ['-c', 'printf "a) R 1 2" > /proc/self/comm; read line']);
  t.teardown(() => child.kill('SIGKILL'));
  const { pid = 0 } = child;
  await until(
    () => (readFileSync(`/proc/${pid}/comm`, 'utf8') === 'a) R 1 2\n' ? true : undefined),
    'name',
  );
  const identity = identify(pid);
  if (identity === undefined) throw new Error('not found');
  t.ok(isAlive(identity));
  t.ok(identity.startTicks >= (identify(process.pid)?.startTicks ?? Infinity));

  const other = { pid, startTicks: identity.startTicks - 1 };
  t.notOk(isAlive(other));
  t.notOk(signalProcess(other, 'SIGKILL'), 'a signal for another start is not sent');
  t.ok(isAlive(identity));
  const exit = once(child, 'exit');
  t.ok(signalProcess(identity, 'SIGKILL'));
  await exit;
  t.notOk(isAlive(identity));
  t.notOk(signalProcess(identity, 'SIGKILL'));
});

t.test('a zombie has ended', async (t) => {
  // A child that ends at the end of its input, and a parent that by then never reaps.
  const script = 'exec 3<&0; cat <&3 >/dev/null & echo $!; exec sleep 600';
  const parent = spawn('/bin/sh', ['-c', script]);
  t.teardown(() => parent.kill('SIGKILL'));
  const [output] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(output.toString());
  t.equal(identify(pid)?.pid, pid);
  const comm = () => readFileSync(`/proc/${parent.pid ?? 0}/comm`, 'utf8');
  await until(() => (comm() === 'sleep\n' ? true : undefined), 'parent that sleeps');
  parent.stdin.end();
  await until(() => (identify(pid) === undefined ? true : undefined), 'end of the child');
  t.equal(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0], 'Z');
});
