// `ferry openflow print`: what it makes of frames, and of what is none.
import t from 'tap';
import { messageToJson, decode } from '../../../../sdn-app/openflow/index.js';
import { vectors } from '../../openflow/vectors.js';
import { ferryOpenflow, print, printText } from './run.js';

const barrier = Buffer.from('0414000800000007', 'hex');
const barrierObject = { type: 'barrierRequest', xid: 7 };
const whole = Buffer.concat(vectors.map(({ frame }) => frame));

t.test('one object a line for each frame, however the bytes arrive', async (t) => {
  const expected = vectors.map(
    ({ frame }) => JSON.parse(JSON.stringify(messageToJson(decode(frame)))) as unknown,
  );
  for (const chunkBytes of [1, 7, 8, 1000, whole.length]) {
    const { objects, faults } = await print(whole, {}, chunkBytes);
    t.same(objects, expected, `in chunks of ${chunkBytes}`);
    t.equal(faults, 0);
  }
});

t.test('as a process: a line for each, exit code 0, nothing on stderr', async (t) => {
  const { code, stdout, stderr } = await ferryOpenflow(['print'], whole);
  t.equal(code, 0);
  t.equal(stderr, '');
  t.equal(stdout.toString().split('\n').length, vectors.length + 1);
});

t.test(
  'a frame that cannot be decoded is told in its place, and the next one printed',
  async (t) => {
    const badRole = Buffer.from(
      '04180018000000010000000900000000000000000000000000',
      'hex',
    ).subarray(0, 24);
    const unknownType = Buffer.from('0463000c00000001deadbeef', 'hex');
    const version1 = Buffer.from('0105000800000001', 'hex');
    const input = Buffer.concat([barrier, badRole, barrier, unknownType, version1, barrier]);
    const { objects, faults } = await print(input);
    t.match(objects, [
      barrierObject,
      {
        error: {
          code: 'WIRE_BAD_VALUE',
          message: /^roleRequest\.role at byte 8 \(16 of the stream\): 9 is none of/,
          messageType: 'roleRequest',
          field: 'role',
          offset: 8,
          streamOffset: 16,
          frame: badRole.toString('hex'),
          advice: /^Correct/,
        },
      },
      barrierObject,
      {
        error: {
          code: 'WIRE_UNKNOWN_TYPE',
          messageType: 'header',
          field: 'type',
          streamOffset: 41,
        },
      },
      { error: { code: 'WIRE_BAD_VERSION', field: 'version', streamOffset: 52, advice: /1\.3/ } },
      barrierObject,
    ]);
    t.equal(objects.length, 6);
    t.equal(faults, 3);
    const { code } = await ferryOpenflow(['print'], input);
    t.equal(code, 1);
  },
);

t.test(
  'a header that cannot be true ends a binary stream, after the frames before it',
  async (t) => {
    const broken = [
      ['WIRE_BAD_LENGTH', 'length', '0402000700000001'],
      ['WIRE_BAD_VERSION', 'version', '0002000800000001'],
      ['WIRE_BAD_VERSION', 'version', Buffer.from('GET / HTTP/1.1\r\n\r\n').toString('hex')],
    ] as const;
    for (const [code, field, hex] of broken) {
      for (const chunkBytes of [1, 3, 1000]) {
        const input = Buffer.concat([barrier, Buffer.from(hex, 'hex'), barrier, barrier]);
        const { objects, faults } = await print(input, {}, chunkBytes);
        t.match(objects, [barrierObject, { error: { code, field, message: /cannot be found$/ } }]);
        t.equal(objects.length, 2, `${hex} in chunks of ${chunkBytes}`);
        t.equal(faults, 1);
      }
    }
  },
);

t.test('newer hellos and errors of any version are no broken headers', async (t) => {
  const { objects } = await print(Buffer.from('0900000800000001' + '0414000800000007', 'hex'));
  t.match(objects, [{ type: 'hello', version: 9 }, barrierObject]);
});

t.test('a stream that ends within a frame', async (t) => {
  for (const size of [1, 3, 4, 7]) {
    const { objects } = await print(Buffer.concat([barrier, barrier.subarray(0, size)]));
    const field = size < 4 ? 'header' : 'length';
    t.match(objects[1], { error: { code: 'WIRE_TRUNCATED', field } });
    t.equal(objects.length, 2);
  }
});

t.test('nothing in, nothing out', async (t) => {
  t.same(await print(''), { objects: [], faults: 0 });
  t.same(await print('', { hex: true }), { objects: [], faults: 0 });
});

t.test('--human: text, and errors as lines in their place', async (t) => {
  const bad = Buffer.from('0463000800000001', 'hex');
  const { text, faults } = await printText(Buffer.concat([barrier, bad, barrier]), { human: true });
  t.match(text.split('\n'), [
    'OFPT_BARRIER_REQUEST (OF1.3) (xid=0x7):',
    /^error WIRE_UNKNOWN_TYPE: header\.type at byte 1 .* -> Use a message type/,
    'OFPT_BARRIER_REQUEST (OF1.3) (xid=0x7):',
    '',
  ]);
  t.equal(faults, 1);
});

t.test('files and command lines that are wrong', async (t) => {
  const missing = await ferryOpenflow(['print', '/nonexistent/frames.bin'], '');
  t.match(missing, {
    code: 1,
    stderr: /^error FILE_UNREADABLE: \/nonexistent\/frames\.bin: ENOENT.* \(file\) -> /,
  });
  t.equal(missing.stdout.length, 0);
  t.match(await ferryOpenflow(['print', '/'], ''), { code: 1, stderr: /FILE_UNREADABLE.*EISDIR/ });
  t.match(await ferryOpenflow(['print', '--human', '--json'], ''), { code: 2, stderr: /--human/ });
  t.match(await ferryOpenflow(['print', '--colour'], ''), { code: 2, stderr: /CONFIG_INVALID/ });
  t.match(await ferryOpenflow(['print', 'a', 'b'], ''), { code: 2 });
});
