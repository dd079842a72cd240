import { once } from 'node:events';
import t from 'tap';
import {
  errorCause,
  flowMod,
  groupMod,
  match,
  packetOut,
  type Message,
  type PlainMessage,
} from '../../../sdn-app/openflow/index.js';
import { startController } from './controller.js';
import { bundleCause, type FakeSwitch } from './fake-switch.js';

const group = groupMod({ groupId: 1, groupType: 'indirect', buckets: [] });
const flow = (inPort: number, tableId = 0) =>
  flowMod({ tableId, match: match({ inPort }), instructions: [] });
const out = packetOut({ actions: [], data: Buffer.alloc(60) });
/** A packet-out in the midst, to see that the fallback sends it last. */
const change: PlainMessage[] = [group, out, flow(1, 1), flow(2, 1), flow(3)];

const badExperimenter = errorCause.make.badRequest({ code: 'badExperimenter' });
const badMatch = errorCause.make.badMatch({ code: 'badField' });

const withoutXid = (messages: readonly Message[]) =>
  messages.map((message) => ({ ...message, xid: 0 }));

function refuseControl(
  fake: FakeSwitch,
  control: string,
  ...causes: Parameters<typeof fake.refuse>[1][]
) {
  fake.intercept = (message) => {
    if (message.type !== 'bundleControl' || message.controlType !== control) return false;
    for (const cause of causes) fake.refuse(message, cause);
    return true;
  };
}

/** Refuses single messages of a type outside bundles. */
function refuseType(fake: FakeSwitch, type: Message['type'], cause = badMatch) {
  fake.intercept = (message) => {
    if (message.type === type) fake.refuse(message, cause);
    return message.type === type;
  };
}

t.test('one bundle, atomic and ordered', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const before = fake.received.length;
  t.same(await session.commit(change), { bundle: true });
  t.equal(session.bundles, true);
  t.same(fake.types().slice(before), [
    'openRequest',
    ...Array<string>(5).fill('bundleAdd'),
    'closeRequest',
    'commitRequest',
  ]);
  t.same(withoutXid(fake.applied), withoutXid(change), 'in the order given');
  const sent = fake.received.slice(before);
  t.equal(new Set(sent.map(({ xid }) => xid)).size, sent.length);
  for (const message of sent) {
    if (message.type !== 'bundleControl' && message.type !== 'bundleAdd') continue;
    t.same(message.flags, ['atomic', 'ordered']);
    t.equal(message.bundleId, 1);
    if (message.type === 'bundleAdd') t.equal(message.message.xid, message.xid);
  }
  await session.commit([flow(9)]);
  t.match(fake.received.at(-1), { bundleId: 2 }, 'each bundle has its own id');
});

t.test(
  'prepared: one message makes it take effect, whatever was committed meanwhile',
  async (t) => {
    const controller = await startController(t);
    const { fake, session } = await controller.join();
    t.equal(await session.prepare(change), undefined, 'not before it is known to take bundles');
    await session.commit([flow(9)]);
    const prepared = await session.prepare(change);
    const other = await session.prepare([flow(8)]);
    await session.commit([flow(7)]);
    t.equal(fake.applied.length, 2);
    await other?.discard();
    const before = fake.received.length;
    await prepared?.commit();
    t.same(fake.types().slice(before), ['commitRequest']);
    t.same(withoutXid(fake.applied), withoutXid([flow(9), flow(7), ...change]));
  },
);

t.test('prepared, and forgotten by the switch: nothing has changed', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  await session.commit([flow(9)]);
  const prepared = await session.prepare(change);
  refuseControl(fake, 'commitRequest', bundleCause('timeout'));
  if (prepared === undefined) throw new Error('not prepared');
  await t.rejects(prepared.commit(), { code: 'SWITCH_REFUSED', outcome: 'unchanged' });
  fake.intercept = () => false;
  t.same(await session.commit(change), { bundle: true });
  t.equal(fake.applied.length, 6);
});

t.test('nothing to do is no bundle on the wire', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const before = fake.received.length;
  await session.commit([]);
  await session.barrier();
  t.same(fake.types().slice(before), ['barrierRequest']);
});

t.test(
  'a switch without bundles gets them in order, packet-outs last, and is not asked again',
  async (t) => {
    const controller = await startController(t);
    const { fake, session } = await controller.join();
    refuseControl(fake, 'openRequest', badExperimenter);
    const before = fake.received.length;
    t.same(await session.commit(change), { bundle: false });
    t.equal(session.bundles, false);
    const inOrder = [
      'groupMod',
      'barrierRequest',
      'flowMod',
      'flowMod',
      'barrierRequest',
      'flowMod',
      'barrierRequest',
      'packetOut',
      'barrierRequest',
    ];
    t.same(fake.types().slice(before), ['openRequest', ...inOrder]);
    const again = fake.received.length;
    t.same(await session.commit(change), { bundle: false });
    t.same(fake.types().slice(again), inOrder);
  },
);

t.test('a message type that it does not take in bundles: discarded, then in order', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  fake.intercept = (message) => {
    const refused = message.type === 'bundleAdd' && message.message.type === 'packetOut';
    if (refused) fake.refuse(message, bundleCause('messageUnsupported'));
    return refused;
  };
  t.same(await session.commit(change), { bundle: false });
  t.equal(session.bundles, false);
  t.notOk(fake.types().includes('commitRequest'), 'a bundle that lacks a message is not committed');
  t.ok(fake.types().includes('discardRequest'));
  t.same(withoutXid(fake.applied).length, change.length, 'each took effect once');
  t.equal(fake.applied.at(-1)?.type, 'packetOut');
});

t.test('a message that is wrong: nothing changed, no second try', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  fake.intercept = (message) => {
    const refused = message.type === 'bundleAdd' && message.message.type === 'flowMod';
    if (refused) fake.refuse(message, badMatch);
    return refused;
  };
  await t.rejects(session.commit(change), {
    code: 'SWITCH_REFUSED',
    outcome: 'unchanged',
    refusal: { type: 'badMatch', code: 'badField', failed: { type: 'bundleAdd' } },
  });
  t.same(fake.applied, []);
  t.equal(fake.types().at(-1), 'discardRequest');
  fake.intercept = () => false;
  t.same(await session.commit(change), { bundle: true }, 'bundles are still used');
});

t.test('a commit that fails names the message that failed', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  fake.intercept = (message) => {
    if (message.type !== 'bundleControl' || message.controlType !== 'commitRequest') return false;
    const adds = fake.received.filter(({ type }) => type === 'bundleAdd');
    const [, , third] = adds;
    if (third !== undefined) fake.refuse(third, badMatch);
    fake.refuse(message, bundleCause('messageFailed'));
    return true;
  };
  await t.rejects(session.commit(change), {
    code: 'SWITCH_REFUSED',
    outcome: 'unchanged',
    refusal: { code: 'badField', failed: { type: 'bundleAdd', message: { tableId: 1 } } },
  });
  refuseControl(fake, 'commitRequest', bundleCause('timeout'));
  await t.rejects(session.commit(change), {
    code: 'SWITCH_REFUSED',
    outcome: 'unchanged',
    message: /refused bundleControl with bundle\/timeout/,
  });
  t.same(fake.applied, []);
});

t.test('without bundles a refusal says whether something has changed', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  refuseControl(fake, 'openRequest', badExperimenter);
  await session.commit([flow(1)]);
  const applied = fake.applied.length;
  refuseType(fake, 'groupMod');
  await t.rejects(session.commit(change), {
    code: 'SWITCH_REFUSED',
    outcome: 'unchanged',
    refusal: { failed: { groupId: 1 } },
  });
  t.equal(fake.applied.length, applied, 'what follows the refused one is not sent');
  refuseType(fake, 'packetOut');
  await t.rejects(session.commit(change), { code: 'SWITCH_REFUSED', outcome: 'partial' });
  refuseType(fake, 'flowMod');
  await t.rejects(session.commit([flow(1), flow(2)]), {
    code: 'SWITCH_REFUSED',
    outcome: 'partial',
  });
});

t.test('the connection dies before the commit request: nothing changed', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  fake.intercept = (message) => {
    if (message.type === 'bundleAdd') fake.destroy();
    return true;
  };
  const commit = session.commit(change);
  fake.intercept = (message) => {
    if (message.type === 'bundleAdd') fake.destroy();
    return message.type === 'bundleAdd';
  };
  await t.rejects(commit, { code: 'SWITCH_CLOSED', outcome: 'unchanged' });
});

for (const bundles of [true, false]) {
  const how = bundles ? 'a bundle' : 'messages in order';
  t.test(`the connection dies in the commit of ${how}: the outcome is unknown`, async (t) => {
    const controller = await startController(t);
    const { fake, session } = await controller.join();
    fake.intercept = (message) => {
      const last = bundles ? 'commitRequest' : 'openRequest';
      if (message.type === 'barrierRequest') fake.destroy();
      if (message.type !== 'bundleControl' || message.controlType !== last) return false;
      if (bundles) fake.destroy();
      else fake.refuse(message, badExperimenter);
      return true;
    };
    const next = session.commit(change);
    const after = session.commit(change);
    await t.rejects(next, { code: 'SWITCH_CLOSED', outcome: 'unknown' });
    await t.rejects(after, { code: 'SWITCH_CLOSED', outcome: 'unchanged' }, 'was never sent');
  });

  t.test(`no answer to the commit of ${how}: unknown, and the connection goes`, async (t) => {
    const controller = await startController(t, { requestMs: 1500 });
    const { fake, session } = await controller.join();
    const closed = once(session, 'closed');
    fake.intercept = (message) => {
      if (message.type === 'barrierRequest') return true;
      if (message.type !== 'bundleControl') return false;
      if (message.controlType === 'openRequest' && !bundles) {
        fake.refuse(message, badExperimenter);
        return true;
      }
      return message.controlType === 'commitRequest';
    };
    await t.rejects(session.commit(change), { code: 'SWITCH_TIMEOUT', outcome: 'unknown' });
    t.match(await closed, ['commitTimeout']);
    await fake.closed;
  });
}

t.test('commits follow one another', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const before = fake.received.length;
  refuseControl(fake, 'commitRequest', bundleCause('messageFailed'));
  const failing = session.commit([flow(1)]);
  const others = [session.commit([flow(2)]), session.commit([flow(3)])];
  await t.rejects(failing, { code: 'SWITCH_REFUSED', outcome: 'unchanged' });
  fake.intercept = () => false;
  const results = await Promise.allSettled(others);
  t.equal(results.at(-1)?.status, 'fulfilled');
  const one = ['openRequest', 'bundleAdd', 'closeRequest', 'commitRequest'];
  t.same(fake.types().slice(before), [...one, ...one, ...one], 'never one inside another');
});

t.test('a commit that does not fit the write queue is not begun', async (t) => {
  const controller = await startController(t, { writeQueueBytes: 1000 });
  const { fake, session } = await controller.join();
  const big = packetOut({ actions: [], data: Buffer.alloc(2000) });
  await t.rejects(session.commit([flow(1), big]), { code: 'SWITCH_BUSY', outcome: 'unchanged' });
  t.same(fake.applied, []);
  t.same(await session.commit([flow(1)]), { bundle: true });
  refuseControl(fake, 'openRequest', badExperimenter);
  await t.rejects(session.commit([flow(1), big]), { code: 'SWITCH_BUSY', outcome: 'partial' });
  await t.rejects(session.commit([big]), { code: 'SWITCH_BUSY', outcome: 'unchanged' });
  t.ok(session.connected, 'what was not sent leaves no doubt');
});

t.test('a message that cannot be encoded is not sent, and the session goes on', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  await t.rejects(session.commit([{ ...flow(1), priority: 70_000 }]), { name: 'WireError' });
  t.same(fake.applied, []);
  t.same(await session.commit([flow(1)]), { bundle: true });
});

t.test('nor is one that fits a frame but not a bundle', async (t) => {
  const controller = await startController(t);
  const { fake, session } = await controller.join();
  const longest = packetOut({ actions: [], data: Buffer.alloc(65_535 - 24) });
  const tooLong = { name: 'WireError', code: 'WIRE_TOO_LONG', messageType: 'bundleAdd' };
  await t.rejects(session.commit([flow(1), longest]), tooLong);
  t.same(fake.applied, []);
  t.same(await session.commit([flow(1)]), { bundle: true });
});
