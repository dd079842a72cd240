import t from 'tap';
import {
  barrierRequest,
  decode,
  echoRequest,
  encode,
  error,
  flowMod,
  hello,
  type Message,
  multipartReply,
  packetOut,
  roleRequest,
} from '../../../sdn-app/openflow/index.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

t.test('only hello and error may have another version', (t) => {
  t.match(decode(hex('0600000800000001')), { type: 'hello', version: 6 });
  t.match(decode(hex('0101000c0000000100000000')), { type: 'error', version: 1 });
  t.equal(encode(hello({ version: 6 })).readUInt8(0), 6);
  t.equal(
    encode(error({ version: 1, error: { type: 'helloFailed', code: 'incompatible' } }))[0],
    1,
  );
  const refusal = { code: 'WIRE_BAD_VERSION', field: 'version', offset: 0 };
  t.throws(() => decode(hex('0502000800000001')), refusal);
  t.throws(() => decode(hex('0163000800000001')), refusal);
  t.end();
});

t.test('everything else is sent as version 4', (t) => {
  t.equal(encode(echoRequest({ xid: 1 })).toString('hex'), '0402000800000001');
  t.end();
});

t.test('types that are not declared are refused', (t) => {
  t.throws(() => decode(hex('0463000800000001')), { code: 'WIRE_UNKNOWN_TYPE', field: 'type' });
  const unknown = { type: 'teaPot', xid: 1 } as unknown as Message;
  t.throws(() => encode(unknown), { code: 'WIRE_UNKNOWN_TYPE', field: 'type' });
  t.throws(() => encode(null as unknown as Message), { code: 'WIRE_BAD_VALUE' });
  t.end();
});

t.test('a length that is not the size of the frame is refused', (t) => {
  const refusal = { code: 'WIRE_BAD_LENGTH', field: 'length' };
  t.throws(() => decode(hex('0402000900000001')), { ...refusal, messageType: 'header', offset: 2 });
  t.throws(() => decode(hex('0402000800000001ff')), { ...refusal, offset: 8 });
  t.throws(() => decode(hex('04020007000000')), {
    code: 'WIRE_TRUNCATED',
    field: 'xid',
    offset: 4,
  });
  t.throws(() => decode(hex('0414000a000000010000')), {
    ...refusal,
    messageType: 'barrierRequest',
    offset: 8,
  });
  t.end();
});

t.test('an experimenter message too short to say which', (t) => {
  t.throws(() => decode(hex('0404000a000000014f4e')), {
    code: 'WIRE_TRUNCATED',
    messageType: 'experimenter',
    field: 'experimenter',
    offset: 8,
  });
  t.throws(() => decode(hex('04040010000000014f4e4600000008fc')), {
    code: 'WIRE_TRUNCATED',
    messageType: 'bundleControl',
    field: 'bundleId',
    offset: 16,
  });
  t.end();
});

t.test('lengths inside a message are held to what surrounds them', (t) => {
  const frame = encode(packetOut({ actions: [{ type: 'group', groupId: 1 }] }));
  const withLength = (at: number, length: number): Buffer => {
    const changed = Buffer.from(frame);
    changed.writeUInt16BE(length, at);
    return changed;
  };
  const badLength = { code: 'WIRE_BAD_LENGTH', messageType: 'packetOut' };
  t.throws(() => decode(withLength(16, 16)), { ...badLength, field: 'actions.length', offset: 24 });
  t.throws(() => decode(withLength(26, 16)), { ...badLength, field: 'actions[0].length' });
  t.throws(() => decode(withLength(26, 0)), {
    ...badLength,
    field: 'actions[0].length',
    offset: 26,
  });
  t.throws(() => decode(withLength(26, 4)), {
    ...badLength,
    field: 'actions[0].length',
    offset: 26,
  });
  t.throws(() => decode(withLength(16, 4)), {
    ...badLength,
    field: 'actions[0].length',
    offset: 26,
  });
  // A group action of 16 bytes, the last eight of which would pass for a pop-VLAN action.
  const longer = Buffer.concat([frame, hex('0012000800000000')]);
  for (const [at, length] of [
    [2, longer.length],
    [16, 16],
    [26, 16],
  ] as const) {
    longer.writeUInt16BE(length, at);
  }
  t.throws(() => decode(longer), { ...badLength, field: 'actions[0].length', offset: 32 });
  t.match(decode(withLength(16, 0)), { actions: [], data: frame.subarray(24) });
  t.end();
});

t.test('values outside an enumeration are refused with their place', (t) => {
  const frame = encode(roleRequest({ role: 'equal' }));
  frame.writeUInt32BE(4, 8);
  t.throws(() => decode(frame), {
    code: 'WIRE_BAD_VALUE',
    messageType: 'roleRequest',
    field: 'role',
    offset: 8,
    message: 'OpenFlow roleRequest: role at byte 8: 4 is none of noChange, equal, master, slave',
  });
  t.end();
});

t.test('what cannot be sent is refused with its place', (t) => {
  const cases: [object, object][] = [
    [flowMod({ xid: 2 ** 32 }), { field: 'xid', offset: 4 }],
    [flowMod({ tableId: -1 }), { field: 'tableId', offset: 24 }],
    [flowMod({ cookie: 1 as unknown as bigint }), { field: 'cookie', offset: 8 }],
    [
      { ...flowMod(), priority: undefined },
      { field: 'priority', offset: 30 },
    ],
    [
      { ...flowMod(), command: 'create' },
      { field: 'command', offset: 25 },
    ],
    [
      { ...flowMod(), flags: ['fast'] },
      { field: 'flags', offset: 44 },
    ],
    [{ ...flowMod(), flags: 'fast' }, { field: 'flags' }],
    [{ ...flowMod(), match: {} }, { field: 'match.list' }],
    [{ ...flowMod(), instructions: [{ type: 'jump' }] }, { field: 'instructions[0].type' }],
    [{ ...flowMod(), instructions: [null] }, { field: 'instructions[0].value' }],
    [{ ...packetOut(), data: 'ff' }, { field: 'data.bytes' }],
    [{ ...multipartReply({ body: { kind: 'unknown', code: 70_000, bytes: hex('') } }) }, {}],
    [hello({ version: 256 }), { field: 'version', offset: 0 }],
  ];
  for (const [message, refusal] of cases) {
    const place = { name: 'WireError', code: 'WIRE_BAD_VALUE', ...refusal };
    t.throws(() => encode(message as Message), place);
  }
  const experimenter = { type: 'experimenter', experimenter: 1, data: hex('00') } as const;
  t.throws(() => encode(packetOut({ actions: [experimenter] })), {
    code: 'WIRE_BAD_LENGTH',
    field: 'actions[0].length',
  });
  t.end();
});

t.test('a message longer than a frame can be is refused, and the next is not harmed', (t) => {
  const longest = echoRequest({ data: Buffer.alloc(0xffff - 8, 1) });
  t.equal(encode(longest).length, 0xffff);
  t.throws(() => encode(echoRequest({ data: Buffer.alloc(0xffff - 7) })), {
    code: 'WIRE_TOO_LONG',
  });
  t.equal(encode(barrierRequest({ xid: 2 })).toString('hex'), '0414000800000002');
  t.end();
});

t.test('an encoded frame is not touched by the next', (t) => {
  const first = encode(echoRequest({ xid: 1, data: hex('aaaa') }));
  encode(echoRequest({ xid: 2, data: hex('bbbb') }));
  t.equal(first.toString('hex'), '0402000a00000001aaaa');
  t.end();
});
