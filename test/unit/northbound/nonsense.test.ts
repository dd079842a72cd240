// Whatever is asked, the answer is a problem of the table: no crash, no defect, nothing half done.
import t from 'tap';
import { isErrorCode } from '../../../sdn-app/contract/errors.js';
import { problemDetails } from '../../../sdn-app/contract/rest.js';
import { buildServer } from '../../../sdn-app/northbound/server.js';
import { fakeDeps } from './fake-deps.js';

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const json = { 'content-type': 'application/json' };

const requests: [
  what: string,
  method: 'GET' | 'POST',
  url: string,
  status: number,
  body?: string,
][] = [
  ['a path that is no text', 'GET', '/v1/vnfs/%ff', 400],
  ['a path that is too long', 'GET', `/v1/vnfs/${'x'.repeat(5000)}`, 414],
  ['a NUL', 'GET', '/v1/vnfs/%00', 404],
  ['levels without end', 'POST', '/v1/switches/s1/bundle', 400, `{"messages":[${nested(90_000)}]}`],
  ['the same in a flow', 'POST', '/v1/switches/s1/flows', 400, `{"match":[${nested(3000)}]}`],
  ['lists without end', 'POST', '/v1/migrations', 400, '['.repeat(100_000) + ']'.repeat(100_000)],
  ['the same to ofctl_rest', 'POST', '/stats/flowentry/add', 400, '['.repeat(100_000)],
  ['a body that ends too early', 'POST', '/v1/migrations', 400, '{"vnf": "na'],
  ['a prototype', 'POST', '/v1/migrations', 400, '{"__proto__": {"vnf": "nat1"}}'],
  ['too much', 'POST', '/v1/migrations', 413, ' '.repeat(1_048_577)],
  ['nothing', 'POST', '/v1/migrations', 400, ''],
  ['a number that there is not', 'GET', '/stats/flow/99999999999999999999999', 400],
];

t.test('nonsense is refused by name', async (t) => {
  const app = await buildServer(fakeDeps());
  t.teardown(() => app.close());
  for (const [what, method, url, status, body] of requests) {
    const response = await app.inject(
      body === undefined ? { method, url } : { method, url, headers: json, body },
    );
    t.equal(response.statusCode, status, what);
    t.match(response.headers['content-type'], /^application\/problem\+json/, what);
    const problem = problemDetails.parse(response.json());
    t.ok(isErrorCode(problem.code) && problem.code !== 'INTERNAL', `${what}: ${problem.code}`);
  }
  t.equal((await app.inject({ url: '/v1/health' })).statusCode, 200);
});
