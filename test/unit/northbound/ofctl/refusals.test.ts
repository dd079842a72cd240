/** What is refused before a switch hears of it, and a switch that says nothing. */
import t from 'tap';
import { flowMod } from '../../../../sdn-app/openflow/index.js';
import { startBed, type Answer } from '../bed.js';

interface Refusal {
  what: string;
  path?: string;
  body: unknown;
  status?: number;
  code?: string;
  field?: string;
}

const add = { dpid: 1, match: { in_port: 1 }, actions: [{ type: 'OUTPUT', port: 2 }] };

const REFUSALS: Refusal[] = [
  {
    what: 'an unknown dpid',
    body: { ...add, dpid: 9 },
    status: 404,
    code: 'SWITCH_UNKNOWN',
    field: 'dpid',
  },
  { what: 'no dpid', body: { match: {} }, field: 'dpid' },
  { what: 'a bad dpid', body: { ...add, dpid: 'one' }, field: 'dpid' },
  { what: 'a negative dpid', body: { ...add, dpid: -1 }, field: 'dpid' },
  { what: 'an unknown key', body: { ...add, prio: 1 }, field: 'prio' },
  {
    what: 'a prototype as key',
    body: '{"dpid": 1, "__proto__": {"priority": 5}}',
    field: '__proto__',
  },
  {
    what: 'an unknown match field',
    body: { ...add, match: { dl_source: 1 } },
    field: 'match.dl_source',
  },
  {
    what: 'an unknown key of an action',
    body: { ...add, actions: [{ type: 'OUTPUT', prot: 2 }] },
    field: 'actions[0].prot',
  },
  {
    what: 'an unknown action',
    body: { ...add, actions: [{ type: 'OUTPT' }] },
    field: 'actions[0].type',
  },
  {
    what: 'an action without type',
    body: { ...add, actions: [{ port: 1 }] },
    field: 'actions[0].type',
  },
  {
    what: 'a field of an action missing',
    body: { ...add, actions: [{ type: 'GROUP' }] },
    field: 'actions[0].group_id',
  },
  {
    what: 'both actions and instructions',
    body: { ...add, instructions: [] },
    field: 'instructions',
  },
  { what: 'a fraction', body: { ...add, priority: 1.5 }, field: 'priority' },
  { what: 'a priority too high', body: { ...add, priority: 65_536 }, field: 'priority' },
  {
    what: 'a bad MAC address',
    body: { ...add, match: { dl_src: '1:2:3' } },
    field: 'match.dl_src',
  },
  {
    what: 'a bad prefix',
    body: { ...add, match: { nw_src: '10.0.0.0/33' } },
    field: 'match.nw_src',
  },
  { what: 'two masks', body: { ...add, match: { metadata: '1/2/3' } }, field: 'match.metadata' },
  { what: 'too many bits', body: { ...add, match: { ip_dscp: 64 } }, field: 'match.ip_dscp' },
  {
    what: 'a mask where none can be',
    body: { ...add, match: { eth_type: '0x800/0xfff' } },
    field: 'match.eth_type',
  },
  {
    what: 'a port without protocol',
    body: { ...add, match: { tp_src: 80 } },
    field: 'match.tp_src',
  },
  {
    what: 'a field twice',
    body: { ...add, match: { dl_src: '02:00:00:00:00:01', eth_src: '02:00:00:00:00:01' } },
    field: 'match.dl_src',
  },
  {
    what: 'SET_FIELD of nothing',
    body: { ...add, actions: [{ type: 'SET_FIELD', field: 'nose', value: 1 }] },
    field: 'actions[0].field',
  },
  {
    what: 'SET_FIELD with a mask',
    body: {
      ...add,
      actions: [
        { type: 'SET_FIELD', field: 'eth_dst', value: '02:00:00:00:00:01/ff:ff:ff:00:00:00' },
      ],
    },
    field: 'actions[0].value',
  },
  { what: 'a list as body', body: '[1, 2]' },
  { what: 'no JSON', body: '{"dpid": 1,, }' },
  { what: 'a key twice', body: '{"dpid": 1, "dpid": 2}' },
  { what: 'an expression', body: '__import__("os").getpid()' },
  { what: 'a nest', body: '['.repeat(100_000) },
  { what: 'a body over 1 MiB', body: `{"dpid": ${' '.repeat(1_048_576)}1}`, status: 413 },
  {
    what: 'more than a frame holds',
    body: {
      ...add,
      actions: Array.from({ length: 1000 }, () => {
        return { type: 'EXPERIMENTER', experimenter: 1, data: 'x'.repeat(100) };
      }),
    },
  },
  {
    what: 'an unknown group type',
    path: 'groupentry/add',
    body: { dpid: 1, type: 'SOME' },
    field: 'type',
  },
  {
    what: 'an unknown meter flag',
    path: 'meterentry/add',
    body: { dpid: 1, flags: ['KBPS', 'X'] },
  },
  {
    what: 'a band without type',
    path: 'meterentry/add',
    body: { dpid: 1, bands: [{ rate: 1 }] },
    field: 'bands[0].type',
  },
  {
    what: 'a port that is not there',
    path: 'portdesc/modify',
    body: { dpid: 1, port_no: 77 },
    status: 404,
    code: 'NOT_FOUND',
    field: 'port_no',
  },
  { what: 'an unknown role', path: 'role', body: { dpid: 1, role: 'KING' }, field: 'role' },
  {
    what: 'an unknown data type',
    path: 'experimenter/1',
    body: { data_type: 'utf7' },
    field: 'data_type',
  },
  {
    what: 'an unknown switch in the path',
    path: 'experimenter/2',
    body: {},
    status: 404,
    code: 'SWITCH_UNKNOWN',
  },
  { what: 'an unknown key of a filter', path: 'flow/1', body: { table: 1 }, field: 'table' },
  { what: 'a bad strict', path: 'flowentry/add?strict=maybe', body: add, field: 'strict' },
];

t.test('refusals name the field, and no switch hears of them', async (t) => {
  const bed = await startBed(t);
  const { fake } = await bed.join();
  for (const { what, path = 'flowentry/add', body, status = 400, code, field } of REFUSALS) {
    const answer = await bed.send('POST', `/stats/${path}`, body);
    t.match(answer, { status, type: /^application\/problem\+json/ }, what);
    t.match(answer.body, { code: code ?? 'REQUEST_INVALID' }, what);
    if (field !== undefined) t.match(answer.body, { field }, what);
  }
  const kinds = fake.received.map(({ type }) => type);
  t.notOk(kinds.some((type) => type === 'flowMod' || type === 'groupMod' || type === 'portMod'));
});

t.test('paths', async (t) => {
  const bed = await startBed(t);
  await bed.join();
  const cases: [string, number, string][] = [
    ['/stats/flow/2', 404, 'SWITCH_UNKNOWN'],
    ['/stats/flow/one', 400, 'REQUEST_INVALID'],
    ['/stats/flow/-1', 400, 'REQUEST_INVALID'],
    ['/stats/flow/18446744073709551616', 400, 'REQUEST_INVALID'],
    ['/stats/port/1/x', 400, 'REQUEST_INVALID'],
    ['/stats/queuedesc/1', 501, 'OPENFLOW_VERSION'],
    ['/stats/meterdesc/1/2', 501, 'OPENFLOW_VERSION'],
    ['/stats/nothing/1', 404, 'NOT_FOUND'],
  ];
  for (const [path, status, code] of cases) {
    t.match(await bed.get(path), { status, body: { code } }, path);
  }
  t.match(await bed.send('DELETE', '/stats/flowentry/clear/2'), { status: 404 });
});

t.test('with strict=false what is not known is ignored', async (t) => {
  const bed = await startBed(t);
  const { fake } = await bed.join();
  const body = {
    ...{ dpid: 1, priority: 5, prio: 1, match: { in_port: 1, dl_source: 'x' } },
    actions: [{ type: 'OUTPUT', port: 2, colour: 'red' }],
  };
  const answer = await bed.send('POST', '/stats/flowentry/add?strict=false', body);
  t.equal(answer.status, 200);
  t.match(fake.applied, [{ type: 'flowMod', priority: 5, match: [{ field: 'inPort' }] }]);
  const wrong = await bed.send('POST', '/stats/flowentry/add?strict=false', {
    dpid: 1,
    priority: -1,
  });
  t.match(wrong, { status: 400, body: { field: 'priority' } });
});

t.test('JSON booleans and null, and what Python prints of a dictionary', async (t) => {
  const bed = await startBed(t);
  const { fake } = await bed.join();
  const bodies = [
    '{"dpid": 1, "cookie": null, "match": {"mpls_bos": true, "eth_type": 34887}, "actions": null}',
    "{'dpid': 0x1, 'cookie': None, 'match': {'mpls_bos': True, 'eth_type': '0x8847',}, 'actions': ()}",
  ];
  const expected = flowMod({
    priority: 0,
    match: [
      { field: 'ethType', value: 0x8847 },
      { field: 'mplsBos', value: 1 },
    ],
    instructions: [],
  });
  for (const body of bodies) {
    t.equal((await bed.send('POST', '/stats/flowentry/add', body)).status, 200, body);
    t.match({ ...fake.applied.at(-1), xid: 0 }, expected);
  }
});

t.test('a switch that does not answer is a 504, and the connection stays', async (t) => {
  const bed = await startBed(t, { requestMs: 50 });
  const { fake, session } = await bed.join();
  fake.intercept = ({ type }) => type === 'multipartRequest' || type === 'barrierRequest';
  const answers: Answer[] = [
    await bed.get('/stats/desc/1'),
    await bed.send('POST', '/stats/role', { dpid: 1, role: 'MASTER' }),
  ];
  for (const answer of answers) {
    t.match(answer, { status: 504, body: { code: 'SWITCH_TIMEOUT' } });
  }
  t.ok(session.connected);
});

t.test('a switch that goes away in between is a 503', async (t) => {
  const bed = await startBed(t);
  const { fake } = await bed.join();
  fake.intercept = ({ type }) => {
    if (type !== 'multipartRequest') return false;
    fake.destroy();
    return true;
  };
  t.match(await bed.get('/stats/flow/1'), { status: 503, body: { code: 'SWITCH_CLOSED' } });
  t.match(await bed.get('/stats/flow/1'), { status: 404, body: { code: 'SWITCH_UNKNOWN' } });
});
