import t from 'tap';
import { z } from 'zod';
import { ERROR_TABLE } from '../../../sdn-app/contract/errors.js';
import {
  networkCounters,
  networkHost,
  networkLink,
  networkPath,
  networkSwitch,
} from '../../../sdn-app/contract/network.js';
import {
  checkpointResource,
  healthResource,
  hostResource,
  migrationResource,
  problemDetails,
  strategyResource,
  switchResource,
  vnfResource,
} from '../../../sdn-app/contract/rest.js';
import { buildServer } from '../../../sdn-app/northbound/server.js';
import { fakeDeps, migration } from './fake-deps.js';

const traffic = {
  traffic: {
    ...{ offered: 10, delivered: 10, lost: 0, duplicated: 0, reordered: 0, packetBytes: 512 },
    ...{ ratePps: 1, flows: 1, translationsChanged: 0 },
    tcp: { survived: null, retransmits: null, bytes: null },
  },
  latency: {
    ...{ p50Us: 1, p99Us: 1, p999Us: 1, maxUs: 1, longestGapMs: 1, secondsOver15Ms: 0 },
  },
};

const path = 'from=00:00:00:00:00:01&to=00:00:00:00:00:02';

t.test('every resource follows its schema', async (t) => {
  const app = await buildServer(fakeDeps());
  t.teardown(() => app.close());
  const resources: [string, z.ZodType][] = [
    ['/v1/health', healthResource],
    ['/v1/switches', z.array(switchResource)],
    ['/v1/vnfs/nat1/checkpoints', z.array(checkpointResource)],
    ['/v1/switches/s1', switchResource],
    ['/v1/hosts', z.array(hostResource)],
    ['/v1/hosts/host2', hostResource],
    ['/v1/network', networkCounters],
    ['/v1/network/switches', z.array(networkSwitch)],
    ['/v1/network/links', z.array(networkLink)],
    ['/v1/network/hosts', z.array(networkHost)],
    [`/v1/network/path?${path}`, networkPath],
    ['/v1/vnfs', z.array(vnfResource)],
    ['/v1/vnfs/nat1', vnfResource],
    ['/v1/strategies', z.array(strategyResource)],
    ['/v1/migrations', z.array(migrationResource)],
    ['/v1/migrations/m-0000000a', migrationResource],
  ];
  for (const [url, schema] of resources) {
    const response = await app.inject({ url });
    t.equal(response.statusCode, 200, url);
    t.ok(schema.safeParse(response.json()).success, `${url} follows its schema`);
  }
  t.match((await app.inject({ url: '/v1/vnfs/nat1' })).json(), { stats: { mode: 'serving' } });
});

t.test('a migration is started: 202 and where to find it', async (t) => {
  const deps = fakeDeps();
  const app = await buildServer(deps);
  t.teardown(() => app.close());
  const payload = { vnf: 'nat1', to: 'host2' };
  const response = await app.inject({ method: 'POST', url: '/v1/migrations', payload });
  t.equal(response.statusCode, 202);
  t.equal(response.headers.location, `/v1/migrations/${migration.id}`);
  t.same(response.json(), migration);
  t.same(deps.requested, [{ ...payload, strategy: 'statelet' }]);
});

t.test('traffic figures are handed in', async (t) => {
  const deps = fakeDeps();
  const app = await buildServer(deps);
  t.teardown(() => app.close());
  const url = `/v1/migrations/${migration.id}/traffic`;
  const response = await app.inject({ method: 'PUT', url, payload: traffic });
  t.equal(response.statusCode, 204);
  t.same(deps.submitted, [{ ...traffic, unmeasured: {} }]);
});

interface Refusal {
  what: string;
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url?: string;
  payload?: string | object;
  type?: string;
  status: number;
  code: keyof typeof ERROR_TABLE;
  field?: string;
}

const start = { method: 'POST', url: '/v1/migrations' } as const;
const hand = { method: 'PUT', url: '/v1/migrations/m-0000000a/traffic' } as const;
const invalid = { status: 400, code: 'REQUEST_INVALID' } as const;

const REFUSALS: Refusal[] = [
  { what: 'unknown path', url: '/v1/nowhere', status: 404, code: 'NOT_FOUND' },
  { what: 'no such method', method: 'DELETE', url: '/v1/vnfs', status: 404, code: 'NOT_FOUND' },
  { what: 'unknown switch', url: '/v1/switches/s9', status: 404, code: 'NOT_FOUND', field: 'name' },
  { what: 'unknown host', url: '/v1/hosts/client', status: 404, code: 'HOST_UNKNOWN' },
  { what: 'unknown VNF', url: '/v1/vnfs/nat9', status: 404, code: 'VNF_UNKNOWN', field: 'vnf' },
  { what: 'unknown migration', url: '/v1/migrations/x', status: 404, code: 'MIGRATION_UNKNOWN' },
  {
    what: 'report too early',
    url: '/v1/migrations/m-0000000a/report',
    status: 409,
    code: 'REPORT_NOT_READY',
  },
  { what: 'unknown key in the query', url: '/v1/vnfs?all=1', ...invalid, field: 'all' },
  { what: 'a name that is too long', url: `/v1/vnfs/${'x'.repeat(65)}`, ...invalid },
  {
    what: 'unknown key in the body',
    ...start,
    payload: { vnf: 'nat1', to: 'host2', now: true },
    ...invalid,
    field: 'now',
  },
  { what: 'field missing', ...start, payload: { vnf: 'nat1' }, ...invalid, field: 'to' },
  { what: 'no JSON', ...start, payload: '{"vnf":', type: 'application/json', ...invalid },
  { what: 'an empty body', ...start, payload: '', type: 'application/json', ...invalid },
  { what: 'another value', ...start, payload: '[]', type: 'application/json', ...invalid },
  {
    what: 'another media type',
    ...start,
    payload: 'vnf=nat1',
    type: 'text/plain',
    status: 415,
    code: 'REQUEST_INVALID',
  },
  {
    what: 'a body over 1 MiB',
    ...start,
    payload: { vnf: 'x'.repeat(1_048_577), to: 'host2' },
    status: 413,
    code: 'REQUEST_INVALID',
  },
  {
    what: "the coordinator's refusal",
    ...start,
    payload: { vnf: 'nat1', to: 'host9' },
    status: 404,
    code: 'HOST_UNKNOWN',
    field: 'to',
  },
  {
    what: 'a defect',
    ...start,
    payload: { vnf: 'nat1', to: 'bug' },
    status: 500,
    code: 'INTERNAL',
  },
  {
    what: 'traffic with an unknown key',
    ...hand,
    payload: { ...traffic, traffic: { ...traffic.traffic, guessed: 1 } },
    ...invalid,
    field: 'traffic.guessed',
  },
];

t.test('refusals are problem details with code, status and field', async (t) => {
  const app = await buildServer(fakeDeps());
  t.teardown(() => app.close());
  for (const { what, method = 'GET', url = '/', payload, type, status, code, field } of REFUSALS) {
    const response = await app.inject({
      ...{ method, url },
      ...(payload === undefined ? {} : { payload }),
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
    });
    t.match(response.headers['content-type'], /^application\/problem\+json/, what);
    const problem = problemDetails.parse(response.json());
    t.match(problem, { status, code, advice: ERROR_TABLE[code][1] }, what);
    t.equal(response.statusCode, status, what);
    if (field !== undefined) t.equal(problem.field, field, what);
  }
});

t.test('the OpenAPI document describes every route', async (t) => {
  const app = await buildServer(fakeDeps());
  t.teardown(() => app.close());
  const response = await app.inject({ url: '/v1/openapi.json' });
  const document = z
    .object({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), z.any())) })
    .parse(response.json());
  t.equal(document.openapi, '3.1.0');
  const native = Object.keys(document.paths).filter((path) => !path.startsWith('/stats/'));
  t.same(native.sort(), [
    '/v1/alarms',
    '/v1/alarms/{id}',
    '/v1/availability',
    '/v1/availability/{name}',
    '/v1/health',
    '/v1/hosts',
    '/v1/hosts/{name}',
    '/v1/migrations',
    '/v1/migrations/{id}',
    '/v1/migrations/{id}/report',
    '/v1/migrations/{id}/traffic',
    '/v1/network',
    '/v1/network/hosts',
    '/v1/network/links',
    '/v1/network/path',
    '/v1/network/switches',
    '/v1/recoveries',
    '/v1/recoveries/{id}',
    '/v1/recoveries/{id}/report',
    '/v1/recoveries/{id}/traffic',
    '/v1/strategies',
    '/v1/switches',
    '/v1/switches/{name}',
    '/v1/switches/{name}/barrier',
    '/v1/switches/{name}/bundle',
    '/v1/switches/{name}/flows',
    '/v1/switches/{name}/groups',
    '/v1/switches/{name}/groups/{groupId}',
    '/v1/switches/{name}/meters',
    '/v1/switches/{name}/meters/{meterId}',
    '/v1/switches/{name}/multipart',
    '/v1/switches/{name}/packet-out',
    '/v1/switches/{name}/ports',
    '/v1/switches/{name}/ports/{portNo}',
    '/v1/vnfs',
    '/v1/vnfs/{name}',
    '/v1/vnfs/{name}/checkpoints',
    '/v1/vnfs/{name}/heal',
    '/v1/vnfs/{name}/restore',
    '/v1/vnfs/{name}/scale',
  ]);
  t.match(document.paths['/v1/migrations']?.['post'], { requestBody: {}, responses: { 202: {} } });
});
