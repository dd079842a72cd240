import t from 'tap';
import type { InstanceEvent } from '../../../sdn-app/contract/instance.js';
import { Outbox } from '../../../vnf-host/outbox.js';

const ID = 'nat1.00000001';
const running = { id: ID, vnf: 'nat1', pid: 1, missed: [] };
const told = (
  message: string,
): { type: 'instanceEvent'; instance: string; event: InstanceEvent } => ({
  type: 'instanceEvent',
  instance: ID,
  event: { type: 'error', code: 'X', message },
});
const exited = {
  type: 'instanceExited',
  instance: ID,
  code: 1,
  signal: null,
  reason: '',
  restarting: true,
} as const;

t.test('events are kept by instance, the newest 64', (t) => {
  const outbox = new Outbox();
  for (let count = 1; count <= 70; count += 1) outbox.record(told(String(count)));
  const [instance, other] = outbox.withMissed([running, { ...running, id: 'nat1.00000002' }]);
  t.equal(instance?.missed.length, 64);
  t.match(instance?.missed[0], { message: '7' });
  t.match(instance?.missed[63], { message: '70' });
  t.same(other?.missed, []);
  outbox.confirm(69);
  t.match(outbox.withMissed([running])[0]?.missed, [{ message: '70' }]);
  outbox.confirm(Number('no number'));
  t.equal(outbox.withMissed([running])[0]?.missed.length, 1);
  outbox.confirm(outbox.seq);
  t.same(outbox.withMissed([running])[0]?.missed, []);
  t.end();
});

t.test('what is of the moment is not kept', (t) => {
  const outbox = new Outbox();
  const down = { type: 'error', code: 'PORT_DOWN', message: 'eth1 went down' } as const;
  for (const event of [{ type: 'silent', silentMs: 12 } as const, down]) {
    t.notOk(outbox.record({ type: 'instanceEvent', instance: ID, event }));
  }
  t.same(outbox.withMissed([running])[0]?.missed, []);
  t.end();
});

t.test('what a process told goes with it; its end is kept', (t) => {
  const outbox = new Outbox();
  outbox.record(told('old'));
  outbox.record(exited);
  outbox.record({ type: 'instanceRestarted', instance: ID, pid: 2 });
  outbox.record(told('new'));
  t.match(outbox.withMissed([running])[0]?.missed, [{ message: 'new' }]);
  t.same(
    outbox.lives().map((each) => each.type),
    ['instanceExited', 'instanceRestarted'],
  );
  for (let count = 0; count < 100; count += 1) outbox.record(exited);
  t.equal(outbox.lives().length, 64);
  outbox.confirm(outbox.seq - 1);
  t.equal(outbox.lives().length, 1);
  t.end();
});
