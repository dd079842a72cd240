import t from 'tap';
import {
  barrierRequest,
  bundleAdd,
  bundleControl,
  bundleProperty,
  decode,
  encode,
  experimenter,
  flowMod,
  type Message,
  onfExperimenter,
  withXid,
} from '../../../sdn-app/openflow/index.js';

const add = bundleAdd({ xid: 7, bundleId: 1, flags: ['atomic'], message: flowMod({ xid: 7 }) });

t.test('a bundled message must have the xid of the bundle message', (t) => {
  const refusal = { code: 'WIRE_BAD_VALUE', messageType: 'bundleAdd', field: 'message.xid' };
  t.throws(() => encode({ ...add, xid: 8 }), refusal);
  const frame = encode(add);
  frame.writeUInt32BE(9, 4);
  t.throws(() => decode(frame), refusal);
  t.end();
});

t.test('withXid sets both, and changes nothing else', (t) => {
  const changed = withXid(add, 9);
  t.strictSame(decode(encode(changed)), { ...add, xid: 9, message: flowMod({ xid: 9 }) });
  t.strictSame(withXid(barrierRequest(), 3), barrierRequest({ xid: 3 }));
  t.equal(add.message.xid, 7);
  t.end();
});

t.test('no bundle message goes into a bundle', (t) => {
  const nested = { ...add, message: add } as unknown as Message;
  t.throws(() => encode(nested), { code: 'WIRE_UNKNOWN_TYPE', field: 'message.type' });
  const control = encode(bundleControl({ xid: 7, bundleId: 1, controlType: 'openRequest' }));
  const frame = Buffer.concat([encode(add).subarray(0, 24), control]);
  frame.writeUInt16BE(frame.length, 2);
  t.match(decode(frame), { message: { type: 'experimenter', experimenterType: 2300 } });
  t.end();
});

t.test('errors inside a bundled message say where', (t) => {
  const wrong = flowMod({ xid: 7, instructions: [{ type: 'gotoTable', tableId: 256 }] });
  t.throws(() => encode({ ...add, message: wrong }), {
    code: 'WIRE_BAD_VALUE',
    messageType: 'bundleAdd',
    field: 'message.instructions[0].tableId',
    offset: 84,
  });
  t.end();
});

t.test('another message of the same experimenter stays an experimenter message', (t) => {
  const other = experimenter({
    experimenter: onfExperimenter,
    experimenterType: 2302,
    data: Buffer.of(1, 2, 3, 4),
  });
  t.strictSame(decode(encode(other)), other);
  t.end();
});

t.test('a bundled message is padded only when properties follow', (t) => {
  const message = experimenter({
    xid: 7,
    experimenter: 1,
    experimenterType: 1,
    data: Buffer.of(1),
  });
  const short = encode(bundleAdd({ xid: 7, bundleId: 1, message }));
  t.equal(short.length, 24 + 17);
  const property = bundleProperty.make.experimenter({ experimenter: 2, experimenterType: 3 });
  const whole = bundleAdd({ xid: 7, bundleId: 1, message, properties: [property] });
  const frame = encode(whole);
  t.equal(frame.length, 24 + 24 + 16);
  t.strictSame(decode(frame), whole);
  const padded = Buffer.from(frame.subarray(0, 48));
  padded.writeUInt16BE(48, 2);
  t.throws(() => decode(padded), {
    code: 'WIRE_BAD_LENGTH',
    field: 'properties.length',
    offset: 48,
  });
  t.end();
});
