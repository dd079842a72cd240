/** Over HTTP, with a real Open vSwitch: what os-ken had it do and say, and what is Ferry's alone. */
import t from 'tap';
import { NETWORK_FLOWS } from '../../../../sdn-app/network/index.js';
import { toJsonText } from '../../../../sdn-app/northbound/ofctl/json-text.js';
import { flowMod } from '../../../../sdn-app/openflow/index.js';
import {
  compile,
  install,
  OWNED_FLOWS,
  owned,
  servingOn,
  switchNetwork,
} from '../../../../sdn-app/steering/index.js';
import { portNumbers, topology } from '../../steering/lab-network.js';
import { PrivateOvs, whyNoOvs } from '../../switch/private-ovs.js';
import { startBed, type Answer } from '../bed.js';
import { recorded } from './recorded.js';

const CONNECT_MS = 30_000;

/** Those whose answers do not depend on the version of Open vSwitch. */
const COMPARED = [
  'flow',
  'aggregateflow',
  'port',
  'portdesc',
  'queue',
  'queueconfig',
  'group',
  'groupdesc',
  'meter',
  'meterconfig',
  'role',
];
/** Of the moment, or random. */
const VOLATILE = /^(duration_n?sec|hw_addr|name)$/;

type Entry = Record<string, unknown>;

t.test('Open vSwitch', { skip: whyNoOvs() ?? false, timeout: 240_000 }, async (t) => {
  const bed = await startBed(t);
  const ovs = await PrivateOvs.start();
  t.teardown(() => ovs.stop());
  await ovs.addBridge('fyr0', 1n, bed.openflowPort);
  await ovs.vsctl('set', 'bridge', 'fyr0', 'other-config:hwaddr="02:00:00:00:00:fe"');
  await ovs.addBridge('fyr1', 2n, bed.openflowPort);
  for (const number of [1, 2, 3]) {
    await ovs.addWire(number, ['fyr0', `fyr0-p${number}`], ['fyr1', `fyr1-p${number}`]);
  }
  const session = await bed.registry.waitFor(1n, CONNECT_MS);
  await bed.registry.waitFor(2n, CONNECT_MS);
  const flowsOf = async (dpid = 1): Promise<Entry[]> => {
    const { body } = await bed.get(`/stats/flow/${dpid}`);
    return (body as Record<string, Entry[]>)[String(dpid)] ?? [];
  };

  await t.test('switches', async (t) => {
    const { body } = await bed.get('/stats/switches');
    t.same((body as number[]).sort(), [1, 2]);
  });

  await t.test('each recorded request, sent as curl -d does', async (t) => {
    const { requests } = await recorded();
    for (const { path, body, refused } of requests) {
      const text = toJsonText(body);
      const answer = await bed.send('POST', `/stats/${path}`, text);
      if (refused === undefined) {
        t.same([answer.status, answer.body], [200, undefined], text);
      } else {
        t.match(answer, { status: 422, type: /problem\+json/, body: { code: 'SWITCH_REFUSED' } });
        t.match((answer.body as Entry)['openflowError'], { type: /\w/, code: /\w/ }, refused);
      }
    }
  });

  await t.test('each recorded statistic', async (t) => {
    for (const { path, body, answer } of (await recorded()).statistics) {
      const asked =
        body === undefined
          ? await bed.get(`/stats/${path}/1`)
          : await bed.send('POST', `/stats/${path}/0x1`, toJsonText(body));
      t.equal(asked.status, 200, path);
      if (COMPARED.includes(path)) {
        t.strictSame(stable(asked.body), stable(answer), `${path} ${toJsonText(body ?? {})}`);
      }
    }
    t.strictSame((await bed.get('/stats/flowdesc/1')).status, 200);
  });

  await t.test('one port, queue, group, meter', async (t) => {
    const numbers = (answer: Answer, key: string): unknown[] =>
      (answer.body as Record<string, Entry[]>)['1']?.map((each) => each[key]) ?? [];
    t.same(numbers(await bed.get('/stats/port/1/2'), 'port_no'), [2]);
    t.same(numbers(await bed.get('/stats/port/1/ALL'), 'port_no').length, 4);
    t.same(numbers(await bed.get('/stats/portdesc/1/LOCAL'), 'port_no'), ['LOCAL']);
    t.same(numbers(await bed.get('/stats/group/1/2'), 'group_id'), [2]);
    t.same(numbers(await bed.get('/stats/groupdesc/1/0x4'), 'group_id'), [4]);
    t.same(numbers(await bed.get('/stats/meter/1/2'), 'meter_id'), [2]);
    t.same(numbers(await bed.get('/stats/meterconfig/1/1'), 'meter_id'), [1]);
    t.same(numbers(await bed.get('/stats/queue/1/1/ALL'), 'queue_id'), []);
    t.same(numbers(await bed.get('/stats/queueconfig/1/1'), 'port'), [1]);
    t.match(await bed.get('/stats/queueconfig/1/77'), {
      status: 422,
      body: { openflowError: { type: 'queueOpFailed', code: 'badPort' } },
    });
  });

  await t.test('an entry is there when the answer is, and the refusal is told', async (t) => {
    const body = { dpid: 2, priority: 7, cookie: 5, match: { in_port: 1 }, actions: [] };
    t.equal((await bed.send('POST', '/stats/flowentry/add', body)).status, 200);
    t.match(await flowsOf(2), [{ priority: 7, cookie: 5, actions: [], match: { in_port: 1 } }]);
    const toNowhere = { ...body, actions: [{ type: 'GROUP', group_id: 99 }] };
    t.match(await bed.send('POST', '/stats/flowentry/add', toNowhere), {
      status: 422,
      body: {
        detail: /refused flowMod with badAction\/badOutGroup; nothing was changed/,
        openflowError: { type: 'badAction', code: 'badOutGroup' },
      },
    });
    t.equal((await bed.send('DELETE', '/stats/flowentry/clear/2')).status, 200);
    t.same(await flowsOf(2), []);
  });

  await t.test("Ferry's own flows and groups are left alone", async (t) => {
    await bed.send('DELETE', '/stats/flowentry/clear/1');
    await bed.send('POST', '/stats/groupentry/delete', { dpid: 1, group_id: 'ALL' });
    const desired = compile(switchNetwork(topology, 's1', portNumbers), [
      servingOn(topology, 'nat1', 'host1'),
    ]);
    await session.commit(install(desired, 1, owned([], [])));
    const own = await session.flows(OWNED_FLOWS);
    t.equal(own.length, desired.flows.length);
    const [first] = await flowsOf();
    const mine = { dpid: 1, table_id: 0, priority: 60_000, match: { in_port: 3 }, actions: [] };
    t.equal((await bed.send('POST', '/stats/flowentry/add', mine)).status, 200);

    const { table_id, priority, match } = first ?? {};
    const theirs = { dpid: 1, table_id, priority, match };
    const refused: [string, Entry][] = [
      ['flowentry/add', { ...theirs, actions: [] }],
      ['flowentry/modify', { dpid: 1, table_id, match: {}, actions: [] }],
      ['flowentry/modify_strict', { ...theirs, actions: [] }],
      ['flowentry/delete', { dpid: 1, table_id: 'ALL', match: {} }],
      [
        'flowentry/delete',
        { ...theirs, cookie: '0x4665000000000000', cookie_mask: '0xffff000000000000' },
      ],
      ['flowentry/delete_strict', theirs],
      ['flowentry/add', { ...mine, cookie: '0x4665727200000001' }],
      ['groupentry/delete', { dpid: 1, group_id: 'ALL' }],
      ['groupentry/modify', { dpid: 1, group_id: 0x46000000 }],
      ['groupentry/add', { dpid: 1, group_id: 0x46ffffff }],
    ];
    for (const [path, body] of refused) {
      const answer = await bed.send('POST', `/stats/${path}`, body);
      t.match(
        answer,
        { status: 409, body: { code: 'OWNED_BY_FERRY' } },
        JSON.stringify([path, body]),
      );
    }
    const narrow = { dpid: 1, table_id: 'ALL', cookie: 0, cookie_mask: 1, match: { in_port: 3 } };
    const beside = { ...theirs, priority: Number(priority) + 1 };
    t.equal((await bed.send('POST', '/stats/flowentry/delete_strict', beside)).status, 200);
    t.equal(
      (await bed.send('POST', '/stats/flowentry/delete', { ...narrow, cookie: 1 })).status,
      409,
    );
    t.equal((await flowsOf()).length, own.length + 1);
    t.equal((await bed.send('DELETE', '/stats/flowentry/clear/1')).status, 200);
    t.same(ids(await session.flows(OWNED_FLOWS)), ids(own), 'they are as they were');
    t.equal((await flowsOf()).length, own.length, 'and the other is gone');
  });
});

t.test("Ferry's network", { skip: whyNoOvs() ?? false, timeout: 240_000 }, async (t) => {
  const bed = await startBed(t);
  const ovs = await PrivateOvs.start();
  t.teardown(() => ovs.stop());
  await ovs.addBridge('fyr0', 1n, bed.openflowPort);
  const session = await bed.registry.waitFor(1n, CONNECT_MS);
  const { cookie } = NETWORK_FLOWS;
  const base = flowMod({ cookie: cookie | 1n, priority: 0, match: [], instructions: [] });
  await session.commit([base]);
  const count = async () => (await session.flows({ cookie: 0n, cookieMask: 0n })).length;
  const mine = { dpid: 1, priority: 7, cookie: 5, match: { in_port: 1 } };
  const post = async (path: string, body: object) => (await bed.send('POST', path, body)).status;

  for (const clear of [
    () => post('/stats/flowentry/delete', { dpid: 1, table_id: 'ALL' }),
    () => post('/stats/flowentry/delete', { dpid: 1, cookie: 5, cookie_mask: 5 }),
    async () => (await bed.send('DELETE', '/stats/flowentry/clear/1')).status,
  ]) {
    t.equal(await post('/stats/flowentry/add', mine), 200);
    t.equal(await count(), 2);
    t.equal(await clear(), 200);
    t.equal(await count(), 1, 'what is all of the others leaves the network alone');
  }
  const toLocal = [{ type: 'OUTPUT', port: 'LOCAL' }];
  t.equal(await post('/stats/flowentry/modify', { dpid: 1, actions: toLocal }), 200);
  t.same((await session.flows(NETWORK_FLOWS))[0]?.instructions, []);
  const inRange = {
    dpid: 1,
    cookie: `0x${cookie.toString(16)}`,
    cookie_mask: '0xffffffff00000000',
  };
  t.equal(await post('/stats/flowentry/delete', inRange), 409);
  t.equal(await post('/stats/flowentry/add', { ...inRange, priority: 3 }), 409);
  t.equal(await post('/stats/flowentry/add', { dpid: 1, actions: toLocal }), 200, 'replaced');
  t.equal(await count(), 1);
  t.same(await session.flows(NETWORK_FLOWS), []);
});

function ids(flows: readonly { match: unknown; priority: number }[]): string[] {
  return flows.map(({ match, priority }) => toJsonText([priority, match])).sort();
}

/** Without what changes from run to run, and in an order that does not. */
function stable(answer: unknown): unknown {
  const entries = (answer as Record<string, unknown>)['1'];
  if (!Array.isArray(entries)) return answer;
  const kept = entries.map((entry) =>
    Object.fromEntries(Object.entries(entry as Entry).filter(([key]) => !VOLATILE.test(key))),
  );
  return kept.sort((a, b) => (toJsonText(a) < toJsonText(b) ? -1 : 1));
}
