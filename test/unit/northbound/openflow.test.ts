/** /v1/switches/{name}/..., over HTTP with a real Open vSwitch. */
import t from 'tap';
import { z } from 'zod';
import {
  flowsResource,
  groupsResource,
  metersResource,
  multipartResource,
  portsResource,
} from '../../../sdn-app/contract/openflow.js';
import { switchResource } from '../../../sdn-app/contract/rest.js';
import { cookieOf } from '../../../sdn-app/steering/index.js';
import { flowMod } from '../../../sdn-app/openflow/index.js';
import { PrivateOvs, whyNoOvs } from '../switch/private-ovs.js';
import { startBed, type Answer } from './bed.js';

const CONNECT_MS = 30_000;
const DPID = 0xfe72n;
const PATH = '/v1/switches/000000000000fe72';

const inPort = (value: number) => ({ field: 'inPort', value });
const output = (port: number) => ({ type: 'output', port, maxLength: 0 });
const apply = (...actions: unknown[]) => [{ type: 'applyActions', actions }];

t.test('Open vSwitch', { skip: whyNoOvs() ?? false, timeout: 240_000 }, async (t) => {
  const bed = await startBed(t);
  const ovs = await PrivateOvs.start();
  t.teardown(() => ovs.stop());
  await ovs.addBridge('fyr0', DPID, bed.openflowPort);
  await ovs.addBridge('fyr1', DPID + 1n, bed.openflowPort);
  for (const number of [1, 2]) {
    await ovs.addWire(number, ['fyr0', `fyr0-p${number}`], ['fyr1', `fyr1-p${number}`]);
  }
  const session = await bed.registry.waitFor(DPID, CONNECT_MS);
  const beyond = await bed.registry.waitFor(DPID + 1n, CONNECT_MS);
  const { send } = bed;
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const { status, body } = await bed.get(PATH + path);
    t.equal(status, 200, path);
    return schema.parse(body);
  };
  const flows = async (query = '') => (await get(`/flows${query}`, flowsResource)).flows;
  const done = (answer: Answer, what: string) => t.match(answer, { status: 204 }, what);

  await t.test('a switch outside the topology is listed by its dpid', async (t) => {
    const { body } = await bed.get('/v1/switches');
    const names = z
      .array(switchResource)
      .parse(body)
      .map(({ name }) => name);
    t.same(names, ['s1', '000000000000fe72', '000000000000fe73']);
    t.match(await bed.get(PATH), { status: 200, body: { connected: true } });
  });

  await t.test('flow entries are added, changed, listed, deleted', async (t) => {
    const cookie = '18446744073709551615';
    const entry = { priority: 9, cookie, match: [inPort(1)], instructions: apply(output(2)) };
    done(await send('POST', `${PATH}/flows`, entry), 'add');
    done(await send('POST', `${PATH}/flows`, { tableId: 3, priority: 1 }), 'add to table 3');
    t.match(await flows(), [{ ...entry, tableId: 0, packetCount: '0' }, { tableId: 3 }]);
    done(await send('PUT', `${PATH}/flows`, { ...entry, instructions: [] }), 'modify');
    t.match(await flows('?tableId=0'), [{ priority: 9, instructions: [] }]);
    t.same((await flows(`?cookie=${cookie}&cookieMask=0xff`)).length, 1);
    t.same(await flows('?outPort=2'), []);
    done(await send('DELETE', `${PATH}/flows`, { priority: 8, match: [inPort(1)] }), 'another');
    t.equal((await flows()).length, 2);
    done(await send('DELETE', `${PATH}/flows`, { tableId: 0, match: [inPort(1)] }), 'delete');
    t.match(await flows(), [{ tableId: 3 }]);
    done(await send('DELETE', `${PATH}/flows`, {}), 'all');
    t.same(await flows(), []);
  });

  await t.test('groups, meters, ports', async (t) => {
    const group = { groupId: 7, groupType: 'all', buckets: [{ actions: [output(1)] }] };
    done(await send('POST', `${PATH}/groups`, group), 'add a group');
    const two = { groupType: 'all', buckets: [{ actions: [output(1)] }, { actions: [output(2)] }] };
    done(await send('PUT', `${PATH}/groups/7`, two), 'modify it');
    const shown = await get('/groups', groupsResource);
    t.match(shown, { groups: [{ groupId: 7, buckets: [{}, {}] }], stats: [{ groupId: 7 }] });
    done(await send('DELETE', `${PATH}/groups/7`), 'delete it');
    t.same((await get('/groups', groupsResource)).groups, []);

    const bands = [{ type: 'drop', rate: 100 }];
    done(await send('POST', `${PATH}/meters`, { meterId: 5, flags: ['kbps'], bands }), 'a meter');
    done(await send('PUT', `${PATH}/meters/5`, { flags: ['packetsPerSecond'], bands }), 'changed');
    t.match((await get('/meters', metersResource)).meters, [
      { meterId: 5, flags: ['packetsPerSecond'], bands: [{ type: 'drop', rate: 100 }] },
    ]);
    done(await send('DELETE', `${PATH}/meters/5`), 'deleted');
    t.same((await get('/meters', metersResource)).meters, []);

    done(await send('PUT', `${PATH}/ports/1`, { config: { noPacketIn: true } }), 'a port');
    const { ports, stats } = await get('/ports', portsResource);
    t.match(
      ports.find(({ portNo }) => portNo === 1),
      { config: ['noPacketIn'] },
    );
    t.equal(stats.length, 3);
    done(await send('PUT', `${PATH}/ports/1`, { config: { noPacketIn: false } }), 'as it was');
  });

  await t.test('a packet-out leaves by the port', async (t) => {
    const toController = [{ type: 'output' as const, port: 0xfffffffd, maxLength: 0xffff }];
    const instructions = [{ type: 'applyActions' as const, actions: toController }];
    await beyond.commit([flowMod({ priority: 1, match: [], instructions })]);
    const frame = `ffffffffffff0200000000018899${'00'.repeat(46)}`;
    const heard = new Promise<string>((resolve) => {
      beyond.on('packetIn', ({ data }) => {
        const hex = data.toString('hex');
        if (hex.includes('8899')) resolve(hex);
      });
    });
    done(await send('POST', `${PATH}/packet-out`, { actions: [output(2)], data: frame }), 'sent');
    t.equal(await heard, frame);
    done(await send('POST', `${PATH}/barrier`), 'barrier');
    const badly = { actions: [output(2)], bufferId: 77 };
    t.match(await send('POST', `${PATH}/packet-out`, badly), {
      status: 422,
      body: { openflowError: { type: 'badRequest', code: 'bufferUnknown' } },
    });
  });

  await t.test('a bundle is taken as a whole or not at all', async (t) => {
    const groupMod = { type: 'groupMod', groupId: 9, groupType: 'indirect' };
    const good = [
      { ...groupMod, buckets: [{ actions: [output(1)] }] },
      { type: 'flowMod', match: [inPort(2)], instructions: apply({ type: 'group', groupId: 9 }) },
      { type: 'packetOut', actions: [output(1)], data: '00'.repeat(60) },
    ];
    const bad = { type: 'flowMod', match: [], instructions: apply({ type: 'group', groupId: 10 }) };
    t.match(await send('POST', `${PATH}/bundle`, { messages: [...good, bad] }), {
      status: 422,
      body: { detail: /nothing was changed/, openflowError: { code: 'badOutGroup' } },
    });
    t.same(await flows(), []);
    done(await send('POST', `${PATH}/bundle`, { messages: good }), 'bundle');
    t.match(await flows(), [{ match: [inPort(2)] }]);
    t.equal(session.bundles, null, "a client's bundle says nothing of Ferry's own");
    const meterMod = { type: 'meterMod', meterId: 1, bands: [] };
    t.match(await send('POST', `${PATH}/bundle`, { messages: [meterMod] }), {
      status: 400,
      body: { field: 'messages[0].type' },
    });
    done(await send('DELETE', `${PATH}/groups/9`), 'and its flow entry goes with it');
    t.same(await flows(), []);
  });

  await t.test('any statistic by its kind', async (t) => {
    const { body } = await send('POST', `${PATH}/multipart`, { kind: 'tableStats' });
    t.match(multipartResource.parse(body).parts[0], {
      kind: 'tableStats',
      tables: [{ tableId: 0 }],
    });
    const filter = { kind: 'aggregate', tableId: 0, match: [inPort(1)] };
    const answer = await send('POST', `${PATH}/multipart`, filter);
    t.match(answer.body, { parts: [{ kind: 'aggregate', flowCount: 0 }] });
  });

  await t.test("Ferry's own are refused, alone and in a bundle", async (t) => {
    const mine = flowMod({ cookie: cookieOf(1), priority: 5, match: [], instructions: [] });
    await session.commit([mine]);
    const refused = { status: 409, body: { code: 'OWNED_BY_FERRY' } };
    t.match(await send('DELETE', `${PATH}/flows`, {}), refused);
    t.match(await send('POST', `${PATH}/flows`, { priority: 5 }), refused);
    t.match(await send('PUT', `${PATH}/flows`, { priority: 5 }), refused);
    const flow = { type: 'flowMod', command: 'delete', tableId: 255, match: [], instructions: [] };
    t.match(await send('POST', `${PATH}/bundle`, { messages: [flow] }), refused);
    t.match(await send('DELETE', `${PATH}/groups/1174405121`), refused);
    t.equal((await flows()).length, 1);
  });

  await t.test('refusals', async (t) => {
    const cases: [string, 'POST' | 'PUT' | 'DELETE', unknown, number, string, string?][] = [
      ['/flows', 'POST', { prio: 1 }, 400, 'REQUEST_INVALID', 'prio'],
      ['/flows', 'POST', { tableId: 256 }, 400, 'REQUEST_INVALID', 'tableId'],
      ['/flows', 'POST', { match: [{ field: 'x' }] }, 400, 'REQUEST_INVALID', 'match[0].field'],
      ['/flows', 'POST', { cookie: '1e3' }, 400, 'REQUEST_INVALID', 'cookie'],
      ['/flows', 'POST', { cookie: '99999999999999999999' }, 400, 'REQUEST_INVALID', 'cookie'],
      ['/flows', 'DELETE', undefined, 400, 'REQUEST_INVALID'],
      ['/groups/x', 'DELETE', undefined, 400, 'REQUEST_INVALID', 'groupId'],
      ['/groups', 'POST', { groupId: -1 }, 400, 'REQUEST_INVALID', 'groupId'],
      ['/ports/77', 'PUT', {}, 404, 'NOT_FOUND', 'portNo'],
      ['/ports/1', 'PUT', { config: { off: true } }, 400, 'REQUEST_INVALID'],
      ['/packet-out', 'POST', { actions: [], data: 'xyz' }, 400, 'REQUEST_INVALID', 'data'],
      ['/bundle', 'POST', { messages: [] }, 400, 'REQUEST_INVALID', 'messages'],
      [
        '/bundle',
        'POST',
        { messages: [{ type: 'flowMod', x: 1 }] },
        400,
        'REQUEST_INVALID',
        'messages[0].x',
      ],
      ['/multipart', 'POST', { kind: 'none' }, 400, 'REQUEST_INVALID', 'kind'],
      ['/multipart', 'POST', { kind: 'flow', match: 7 }, 400, 'REQUEST_INVALID', 'match'],
    ];
    for (const [path, method, body, status, code, field] of cases) {
      const answer = await send(method, PATH + path, body);
      t.match(answer, { status, body: { code } }, JSON.stringify([path, body]));
      if (field !== undefined) t.match(answer.body, { field }, JSON.stringify([path, body]));
    }
    const nowhere = { status: 404, body: { code: 'SWITCH_UNKNOWN', field: 'name' } };
    t.match(await bed.get('/v1/switches/0000000000000001/flows'), nowhere);
    t.match(await bed.get('/v1/switches/s1/flows'), nowhere);
    t.match(await bed.get('/v1/switches/s9/flows'), { status: 404, body: { code: 'NOT_FOUND' } });
  });
});
