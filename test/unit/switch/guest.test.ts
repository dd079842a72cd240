/** Messages of others: each for itself or as one bundle, and only when the guard lets them. */
import t from 'tap';
import {
  errorCause,
  flowMod,
  meterMod,
  type FlowMod,
  type Message,
} from '../../../sdn-app/openflow/index.js';
import type { SwitchSession } from '../../../sdn-app/switch/index.js';
import { startController } from './controller.js';
import type { FakeSwitch } from './fake-switch.js';

const flow = (priority: number): FlowMod => flowMod({ priority, match: [], instructions: [] });
const free = () => Promise.resolve();
const priorities = ({ applied }: FakeSwitch) =>
  applied.flatMap((message) => (message.type === 'flowMod' ? [message.priority] : []));

/** Refuses flow-mods of these priorities. */
function refuse(fake: FakeSwitch, ...refused: number[]): void {
  fake.intercept = (message: Message) => {
    if (message.type !== 'flowMod' || !refused.includes(message.priority)) return false;
    fake.refuse(message, errorCause.make.flowModFailed({ code: 'tableFull' }));
    return true;
  };
}

t.test('each is sent for itself, and the answer comes after a barrier', async (t) => {
  const { fake, session } = await (await startController(t)).join();
  await session.send([flow(1), flow(2)], free);
  t.same(priorities(fake), [1, 2]);
  t.equal(fake.types().at(-1), 'barrierRequest');
  t.notOk(fake.types().includes('openRequest'));
  t.equal(session.bundles, null);
});

t.test('a refusal says whether others took effect', async (t) => {
  const { fake, session } = await (await startController(t)).join();
  refuse(fake, 2, 3);
  const refused = { code: 'SWITCH_REFUSED', refusal: { code: 'tableFull' } };
  await t.rejects(session.send([flow(1), flow(2)], free), { ...refused, outcome: 'partial' });
  await t.rejects(session.send([flow(2), flow(3)], free), { ...refused, outcome: 'unchanged' });
  t.same(priorities(fake), [1]);
});

t.test('the guard is asked in turn, and nothing is sent when it refuses', async (t) => {
  const { fake, session } = await (await startController(t)).join();
  const seen: number[][] = [];
  const look = () => {
    seen.push(priorities(fake));
    return Promise.resolve();
  };
  const no = () => Promise.reject(new Error('not yours'));
  const results = await Promise.allSettled([
    session.commit([flow(1)]),
    session.send([flow(2)], look),
    session.send([flow(3)], no),
    session.bundle([flow(4)], no),
    session.bundle([flow(5)], look),
  ]);
  t.same(
    results.map(({ status }) => status),
    [...['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled']],
  );
  t.same(seen, [[1], [1, 2]]);
  t.same(priorities(fake), [1, 2, 5]);
});

t.test("Ferry's own commit waits for one of theirs at most", async (t) => {
  const { fake, session } = await (await startController(t)).join();
  const theirs = [1, 2, 3, 4].map((priority) => session.send([flow(priority)], free));
  const own = session.commit([flow(100)]);
  await Promise.all([...theirs, own]);
  t.ok(priorities(fake).indexOf(100) <= 1);
  t.same(
    priorities(fake).filter((priority) => priority < 100),
    [1, 2, 3, 4],
  );
});

t.test('so many of theirs may wait', async (t) => {
  const controller = await startController(t, { commits: 2 });
  const { fake, session } = await controller.join();
  const theirs = [1, 2, 3].map((priority) => session.send([flow(priority)], free));
  const own = session.commit([flow(100)]);
  await t.rejects(Promise.all(theirs), { code: 'SWITCH_BUSY', outcome: 'unchanged' });
  await own;
  await Promise.allSettled(theirs);
  t.same(
    priorities(fake).sort((a, b) => a - b),
    [1, 2, 100],
  );
});

t.test('a bundle is refused as a whole, and says nothing of the next commit', async (t) => {
  const { fake, session } = await (await startController(t)).join();
  await session.commit([flow(1)]);
  fake.intercept = (message) => {
    if (message.type !== 'bundleAdd' || message.message.type !== 'meterMod') return false;
    fake.refuse(message, errorCause.make.badRequest({ code: 'badType' }));
    return true;
  };
  const meter = meterMod({ meterId: 1, bands: [] });
  await t.rejects(session.bundle([flow(2), meter], free), {
    code: 'SWITCH_REFUSED',
    outcome: 'unchanged',
  });
  t.same(priorities(fake), [1], 'nothing is sent one by one instead');
  t.equal(session.bundles, true);
  await session.commit([flow(3)]);
  t.same(priorities(fake), [1, 3]);
});

t.test('a message that is not answered does not end the connection', async (t) => {
  const { fake, session } = await (await startController(t, { requestMs: 50 })).join();
  fake.intercept = ({ type }) => type === 'barrierRequest';
  await t.rejects(sent(session), { code: 'SWITCH_TIMEOUT', outcome: 'unknown' });
  fake.intercept = () => false;
  await sent(session);
  t.ok(session.connected);
});

t.test('nobody waits for all that the switch leaves unanswered', async (t) => {
  const { fake, session } = await (await startController(t, { requestMs: 200 })).join();
  fake.intercept = ({ type }) => type === 'barrierRequest';
  const theirs = await Promise.allSettled(Array.from({ length: 50 }, () => sent(session)));
  t.ok(theirs.every(({ status }) => status === 'rejected'));
  // The first is sent; of the others, those whose turn came at once.
  t.ok(priorities(fake).length < 5, `${priorities(fake).length} were sent`);
});

function sent(session: SwitchSession): Promise<void> {
  return session.send([flow(1)], free);
}
