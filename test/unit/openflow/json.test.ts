import t from 'tap';
import {
  encode,
  flowMod,
  match,
  messageFromJson,
  messageToJson,
  packetOut,
} from '../../../sdn-app/openflow/index.js';
import { vectors } from './vectors.js';

t.test('64-bit numbers are decimal text, bytes are hexadecimal text', (t) => {
  const message = flowMod({ cookie: 2n ** 64n - 1n, match: match({ reg0: 7 }) });
  t.match(messageToJson(message), {
    type: 'flowMod',
    cookie: '18446744073709551615',
    match: [{ field: 'reg0', value: 7 }],
  });
  t.match(messageToJson(packetOut({ data: Buffer.from('00ff', 'hex') })), { data: '00ff' });
  t.end();
});

t.test('every vector survives JSON text, to the same bytes', (t) => {
  for (const { name, frame, expected } of vectors) {
    const text = JSON.stringify(messageToJson(expected as Parameters<typeof messageToJson>[0]));
    t.equal(encode(messageFromJson(JSON.parse(text))).toString('hex'), frame.toString('hex'), name);
  }
  t.end();
});

t.test('what has a default may be left out, and numbers may be written in several ways', (t) => {
  t.strictSame(messageFromJson({ type: 'flowMod' }), flowMod());
  for (const cookie of [31, '31', '0x1f', '0X1F']) {
    t.match(messageFromJson({ type: 'flowMod', cookie }), { cookie: 31n });
  }
  t.match(messageFromJson({ type: 'hello' }), { version: 4, elements: [] });
  t.end();
});

t.test('what cannot be sent is refused, with the path of the field', (t) => {
  const output = (more: object): object => ({
    type: 'flowMod',
    instructions: [
      { type: 'gotoTable', tableId: 1 },
      { type: 'applyActions', actions: [{ type: 'output', ...more }] },
    ],
  });
  const place = 'instructions[1].actions[0]';
  const inReply = (entry: unknown): object => ({
    type: 'multipartReply',
    body: { kind: 'flow', flows: [entry] },
  });
  const entry = { tableId: 0, priority: 1 };
  const cases: [unknown, code: string, field: string][] = [
    [null, 'BAD_VALUE', ''],
    [[], 'BAD_VALUE', ''],
    ['flowMod', 'BAD_VALUE', ''],
    [{}, 'MISSING_FIELD', 'type'],
    [{ type: 'teaPot' }, 'BAD_VALUE', 'type'],
    [{ type: ['flowMod'] }, 'BAD_VALUE', 'type'],
    [{ type: 'constructor' }, 'BAD_VALUE', 'type'],
    [{ type: 'flowMod', colour: 1 }, 'UNKNOWN_FIELD', 'colour'],
    [JSON.parse('{"type":"flowMod","__proto__":{"xid":1}}'), 'UNKNOWN_FIELD', '__proto__'],
    [{ type: 'flowMod', toString: 1 }, 'UNKNOWN_FIELD', 'toString'],
    [{ type: 'flowMod', cookie: 'ten' }, 'BAD_VALUE', 'cookie'],
    [{ type: 'flowMod', cookie: -1 }, 'BAD_VALUE', 'cookie'],
    [{ type: 'flowMod', cookie: 1.5 }, 'BAD_VALUE', 'cookie'],
    [{ type: 'flowMod', cookie: 2 ** 60 }, 'BAD_VALUE', 'cookie'],
    [{ type: 'flowMod', cookie: `0x1${'0'.repeat(16)}` }, 'BAD_VALUE', 'cookie'],
    [{ type: 'flowMod', cookie: '9'.repeat(1000) }, 'BAD_VALUE', 'cookie'],
    [{ type: 'flowMod', priority: 65_536 }, 'BAD_VALUE', 'priority'],
    [{ type: 'flowMod', priority: '1' }, 'BAD_VALUE', 'priority'],
    [{ type: 'flowMod', priority: null }, 'BAD_VALUE', 'priority'],
    [{ type: 'flowMod', flags: 'checkOverlap' }, 'BAD_VALUE', 'flags'],
    [{ type: 'flowMod', flags: ['fast'] }, 'BAD_VALUE', 'flags'],
    [{ type: 'flowMod', flags: [['checkOverlap']] }, 'BAD_VALUE', 'flags'],
    [{ type: 'flowMod', match: { inPort: 1 } }, 'BAD_VALUE', 'match'],
    [{ type: 'flowMod', match: [7] }, 'BAD_VALUE', 'match[0]'],
    [{ type: 'flowMod', match: [{ field: 'inPort' }] }, 'MISSING_FIELD', 'match[0].value'],
    [
      { type: 'flowMod', match: [{ field: 'ctLabel', value: '00' }] },
      'BAD_VALUE',
      'match[0].value',
    ],
    [
      { type: 'flowMod', match: [{ field: 'inPort', value: 1, mask: 1 }] },
      'UNKNOWN_FIELD',
      'match[0].mask',
    ],
    [{ type: 'packetOut', data: 'abc' }, 'BAD_VALUE', 'data'],
    [{ type: 'packetOut', data: 'zz' }, 'BAD_VALUE', 'data'],
    [{ type: 'packetOut', data: [1, 2] }, 'BAD_VALUE', 'data'],
    [{ type: 'packetOut', data: { type: 'Buffer', data: [1] } }, 'BAD_VALUE', 'data'],
    [output({}), 'MISSING_FIELD', `${place}.port`],
    [output({ port: -1 }), 'BAD_VALUE', `${place}.port`],
    [output({ port: 1, speed: 2 }), 'UNKNOWN_FIELD', `${place}.speed`],
    [inReply({ ...entry, priority: undefined }), 'MISSING_FIELD', 'body.flows[0].priority'],
    [inReply({ ...entry, cookie: true }), 'BAD_VALUE', 'body.flows[0].cookie'],
    [
      { type: 'bundleAdd', bundleId: 1, xid: 3, message: { type: 'flowMod', xid: 4 } },
      'BAD_VALUE',
      'message.xid',
    ],
    [
      { type: 'bundleAdd', bundleId: 1, message: { type: 'bundleControl' } },
      'BAD_VALUE',
      'message.type',
    ],
    [{ type: 'echoRequest', data: '00'.repeat(70_000) }, 'BAD_VALUE', 'data.length'],
  ];
  for (const [value, code, field] of cases) {
    t.throws(
      () => messageFromJson(value),
      { name: 'JsonError', code: `JSON_${code}`, field },
      JSON.stringify(value).slice(0, 80),
    );
  }
  t.throws(() => messageFromJson(output({ port: 2 ** 40 })), {
    messageType: 'flowMod',
    message: `flowMod: ${place}.port: must be an integer from 0 to 4294967295, not 1099511627776`,
  });
  t.end();
});
