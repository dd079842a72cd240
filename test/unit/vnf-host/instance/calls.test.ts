import t from 'tap';
import { instanceCall } from '../../../../sdn-app/contract/instance.js';
import { checkCall, readRequest } from '../../../../vnf-host/instance/calls.js';

const TOKEN = '0123456789abcdef'.repeat(2);
const CALLS = [
  { method: 'listen', address: '10.0.0.1', token: TOKEN },
  { method: 'connect', address: '10.0.0.1', port: 65535, token: TOKEN, content: 'packets' },
  { method: 'arm' },
  { method: 'prepareSwitch' },
  { method: 'switched' },
  { method: 'abort' },
  { method: 'resume' },
  { method: 'takeover' },
  { method: 'forget', flows: { src: '10.0.0.0/25' } },
  { method: 'expectRelay', token: TOKEN },
  {
    ...{ method: 'listenReplica', address: '10.0.0.1', token: TOKEN },
    parts: [{ spi: 4096 }, { src: '10.0.0.0/24', sport: 1024, dport: 80 }],
  },
  { method: 'armReplica' },
  { method: 'takeoverReplica' },
  { method: 'dropReplica' },
  { method: 'stats' },
];

t.test('every call of the contract is taken, and `stop`', (t) => {
  const methods = instanceCall.options.map((option) => option.shape.method.value);
  t.same(CALLS.map((call) => call.method).sort(), [...methods].sort(), 'the list is complete');
  for (const call of CALLS) {
    t.ok(instanceCall.safeParse(call).success);
    t.same(checkCall(call), call);
  }
  t.same(checkCall({ method: 'stop' }), { method: 'stop' });
  t.end();
});

t.test('what the contract refuses is refused here, with the field', (t) => {
  const [listen = {}, connect = {}] = CALLS;
  const bad: [unknown, string][] = [
    [null, 'call'],
    ['arm', 'call'],
    [[], 'call'],
    [{}, 'method'],
    [{ method: 'toString' }, 'method'],
    [{ method: 'reboot' }, 'method'],
    [{ method: 'arm', force: true }, 'force'],
    [{ ...listen, token: TOKEN.slice(1) }, 'token'],
    [{ ...listen, token: TOKEN.toUpperCase() }, 'token'],
    [{ ...listen, token: undefined }, 'token'],
    [{ ...listen, address: 'localhost' }, 'address'],
    [{ ...connect, port: 0 }, 'port'],
    [{ ...connect, port: 1.5 }, 'port'],
    [{ ...connect, port: '80' }, 'port'],
    [{ ...connect, content: 'bytes' }, 'content'],
    [{ ...connect, commit: false }, 'commit'],
    [{ ...listen, method: 'listenReplica' }, 'parts'],
    [{ ...listen, method: 'listenReplica', parts: [] }, 'parts'],
    [{ ...listen, method: 'listenReplica', parts: [{ src: 'here' }] }, 'parts'],
    [{ ...listen, method: 'listenReplica', parts: [{ dport: 0 }] }, 'parts'],
  ];
  for (const [call, field] of bad) {
    t.notOk(instanceCall.safeParse(call).success, JSON.stringify(call));
    t.throws(() => checkCall(call), { code: 'REQUEST_INVALID', field });
  }
  t.end();
});

t.test('a line without an id to answer to is no request', (t) => {
  t.same(readRequest('{"id":1,"call":{"method":"arm"}}'), { id: 1, call: { method: 'arm' } });
  for (const line of ['', 'x', '[]', 'null', '{}', '{"id":"1"}', '{"id":1.5}', '{"id":1e300}']) {
    t.equal(readRequest(line), undefined, line);
  }
  t.end();
});
