import t from 'tap';
import {
  bundleError,
  bundleErrorName,
  decode,
  encode,
  error,
  type ErrorCause,
  onfExperimenter,
} from '../../../sdn-app/openflow/index.js';

function frameOf(type: number, code: number, rest = ''): Buffer {
  const frame = Buffer.from(`0401000000000003${'0'.repeat(8)}${rest}`, 'hex');
  frame.writeUInt16BE(frame.length, 2);
  frame.writeUInt16BE(type, 8);
  frame.writeUInt16BE(code, 10);
  return frame;
}

t.test('first and last code of each type', (t) => {
  const table: [number, number, ErrorCause['type'], string][] = [
    [0, 1, 'helloFailed', 'permission'],
    [1, 0, 'badRequest', 'badVersion'],
    [1, 13, 'badRequest', 'multipartBufferOverflow'],
    [2, 15, 'badAction', 'badSetArgument'],
    [3, 8, 'badInstruction', 'permission'],
    [4, 11, 'badMatch', 'permission'],
    [5, 7, 'flowModFailed', 'badFlags'],
    [6, 14, 'groupModFailed', 'permission'],
    [7, 4, 'portModFailed', 'permission'],
    [8, 2, 'tableModFailed', 'permission'],
    [9, 2, 'queueOpFailed', 'permission'],
    [10, 2, 'switchConfigFailed', 'permission'],
    [11, 2, 'roleRequestFailed', 'badRole'],
    [12, 11, 'meterModFailed', 'outOfBands'],
    [13, 5, 'tableFeaturesFailed', 'permission'],
  ];
  for (const [type, code, typeName, codeName] of table) {
    const frame = frameOf(type, code, '0400000800000001');
    const message = decode(frame);
    const data = Buffer.from('0400000800000001', 'hex');
    t.match(message, { error: { type: typeName, code: codeName }, data, xid: 3 });
    t.ok(encode(message).equals(frame));
  }
  t.end();
});

t.test('a code without a name stays a number', (t) => {
  t.match(decode(frameOf(5, 999)), { error: { type: 'flowModFailed', code: 999 } });
  t.ok(encode(decode(frameOf(5, 999))).equals(frameOf(5, 999)));
  t.end();
});

t.test('bundle errors are experimenter errors of the ONF', (t) => {
  const message = error({
    error: {
      type: 'experimenter',
      experimenterType: bundleError.messageFailed,
      experimenter: onfExperimenter,
    },
  });
  const frame = encode(message);
  t.equal(frame.toString('hex'), '0401001000000000' + 'ffff0909' + '4f4e4600');
  t.strictSame(decode(frame), message);
  t.equal(bundleErrorName(message.error), 'messageFailed');
  const foreign = { type: 'experimenter', experimenterType: 2313, experimenter: 1 } as const;
  t.equal(bundleErrorName(foreign), undefined);
  t.equal(bundleErrorName({ type: 'badMatch', code: 'badType' }), undefined);
  t.equal(
    bundleErrorName({ ...foreign, experimenter: onfExperimenter, experimenterType: 1 }),
    undefined,
  );
  t.end();
});

t.test('an error whose code is neither a name nor a number is refused', (t) => {
  const cause = { type: 'badMatch', code: 'badWeather' } as unknown as ErrorCause;
  t.throws(() => encode(error({ error: cause })), {
    code: 'WIRE_BAD_VALUE',
    messageType: 'error',
    field: 'error.code',
    offset: 10,
  });
  t.end();
});
