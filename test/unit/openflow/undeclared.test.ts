// Bytes that stand for what no declaration names may not stand for what one does.
import t from 'tap';
import {
  encode,
  error,
  experimenter,
  flowMod,
  hello,
  JsonError,
  messageFromJson,
  meterMod,
  multipartRequest,
  onfExperimenter,
  packetOut,
  type Message,
  type UnknownOxm,
} from '../../../sdn-app/openflow/index.js';

const bytes = Buffer.from('00000001', 'hex');
const oxm = (fields: Omit<UnknownOxm, 'field'>): Message =>
  flowMod({ match: [{ field: 'unknown', ...fields }] });

const refused: readonly [name: string, message: Message, field: string, says: RegExp][] = [
  [
    'action',
    packetOut({ actions: [{ type: 'unknown', code: 0, bytes }] }),
    'actions[0].code',
    /use type "output"/,
  ],
  [
    'instruction',
    flowMod({ instructions: [{ type: 'unknown', code: 5, bytes }] }),
    'instructions[0].code',
    /use type "clearActions"/,
  ],
  [
    'hello element',
    hello({ elements: [{ type: 'unknown', code: 1, bytes }] }),
    'elements[0].code',
    /use type "versionBitmap"/,
  ],
  [
    'meter band',
    meterMod({ meterId: 1, bands: [{ type: 'unknown', code: 1, bytes }] }),
    'bands[0].code',
    /use type "drop"/,
  ],
  [
    'multipart kind',
    multipartRequest({ body: { kind: 'unknown', code: 1, bytes } }),
    'body.code',
    /use kind "flow"/,
  ],
  [
    'error type',
    error({ error: { type: 'unknown', code: 1, errorCode: 0 } }),
    'error.code',
    /use type "badRequest"/,
  ],
  [
    'field',
    oxm({ class: 0x8000, code: 0, hasMask: false, bytes }),
    'match[0].unknown',
    /use field "inPort"/,
  ],
  [
    'field of Nicira',
    oxm({ class: 1, code: 0, hasMask: false, bytes }),
    'match[0].unknown',
    /use field "reg0"/,
  ],
  [
    'size of a field',
    oxm({ class: 0x8000, code: 0, hasMask: false, bytes: bytes.subarray(1) }),
    'match[0].length',
    /3 is not the size/,
  ],
  [
    'extension',
    experimenter({ experimenter: onfExperimenter, experimenterType: 2300, data: bytes }),
    'experimenterType',
    /use type "bundleControl"/,
  ],
];

t.test('they are refused, and the error says what to use', (t) => {
  for (const [name, message, field, says] of refused) {
    t.throws(() => encode(message), { code: /^WIRE_BAD_/, field, detail: says }, name);
  }
  t.end();
});

t.test('also from JSON', (t) => {
  const value = { type: 'packetOut', actions: [{ type: 'unknown', code: 0, bytes: '00000001' }] };
  t.throws(() => messageFromJson(value), JsonError);
  t.throws(() => messageFromJson(value), { code: 'JSON_BAD_VALUE', field: 'actions[0].code' });
  t.end();
});

t.test('a mask on a field that takes none stays bytes, as it is read', (t) => {
  const mask = Buffer.from('00000001ffffffff', 'hex');
  t.doesNotThrow(() => encode(oxm({ class: 0x8000, code: 0, hasMask: true, bytes: mask })));
  t.end();
});
