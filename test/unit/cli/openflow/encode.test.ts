// `ferry openflow encode`: frames from JSON, and what it says of lines that are none.
import fc from 'fast-check';
import t from 'tap';
import { encode as encodeMessage } from '../../../../sdn-app/openflow/index.js';
import { anyMessage } from '../../openflow/arbitrary.js';
import { vectors } from '../../openflow/vectors.js';
import { encode, ferryOpenflow, linesOf, print } from './run.js';

const whole = Buffer.concat(vectors.map(({ frame }) => frame));

t.test('print and encode give the same bytes: every vector, through processes', async (t) => {
  const printed = await ferryOpenflow(['print'], whole);
  const encoded = await ferryOpenflow(['encode'], printed.stdout);
  t.same({ ...encoded, stdout: undefined }, { code: 0, stderr: '', stdout: undefined });
  t.equal(encoded.stdout.toString('hex'), whole.toString('hex'));
  const hex = await ferryOpenflow(['encode', '--hex'], printed.stdout);
  t.equal(hex.stdout.toString(), vectors.map(({ frame }) => `${frame.toString('hex')}\n`).join(''));
  const again = await ferryOpenflow(['print', '--hex'], hex.stdout);
  t.equal(again.stdout.toString(), printed.stdout.toString());
});

t.test('print and encode give the same bytes: any message', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyMessage, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 300 }),
      async (messages, chunkBytes) => {
        const frames = Buffer.concat(messages.map(encodeMessage));
        const { objects, faults } = await print(frames, {}, chunkBytes);
        const { bytes, errors } = await encode(linesOf(objects), { hex: false }, chunkBytes);
        return faults === 0 && errors.length === 0 && bytes.equals(frames);
      },
    ),
    { numRuns: 300 },
  );
  t.end();
});

t.test('defaults of the declarations apply, xid 0 among them', async (t) => {
  const { bytes } = await encode('{"type":"barrierRequest"}\n{"type":"flowMod"}', { hex: true });
  const [barrier, flowMod] = bytes.toString().split('\n');
  t.equal(barrier, '0414000800000000');
  const { objects } = await print(flowMod ?? '', { hex: true });
  t.match(objects, [{ type: 'flowMod', xid: 0, command: 'add', priority: 32768, match: [] }]);
});

t.test(
  'a line that is wrong is told with its number, field and what to do; the others go on',
  async (t) => {
    const lines: [line: string, error?: object][] = [
      ['{"type":"barrierRequest","xid":1}'],
      [''],
      ['{"type":"barrierRequest"', { code: 'JSON_INVALID', line: 3, message: /^line 3: / }],
      ['[]', { code: 'JSON_BAD_VALUE', line: 4 }],
      ['null', { code: 'JSON_BAD_VALUE', line: 5 }],
      ['{"type":"frob"}', { code: 'JSON_BAD_VALUE', field: 'type', line: 6 }],
      [
        '{"type":"flowMod","mach":[]}',
        { code: 'JSON_UNKNOWN_FIELD', field: 'mach', messageType: 'flowMod' },
      ],
      ['{"type":"groupMod"}', { code: 'JSON_MISSING_FIELD', field: 'groupId' }],
      [
        '{"type":"flowMod","instructions":[{"type":"applyActions","actions":[{"type":"output","port":-1}]}]}',
        { code: 'JSON_BAD_VALUE', field: 'instructions[0].actions[0].port' },
      ],
      [
        '{"type":"flowMod","cookie":18446744073709551615}',
        { code: 'JSON_BAD_VALUE', field: 'cookie', message: /as text/ },
      ],
      ['{"error":{"code":"WIRE_TRUNCATED"}}', { code: 'JSON_MISSING_FIELD', field: 'type' }],
      ['{"type":"barrierRequest","xid":2}'],
    ];
    const text = lines.map(([line]) => line).join('\n');
    const { bytes, errors, faults } = await encode(text, { hex: true });
    t.equal(bytes.toString(), '0414000800000001\n0414000800000002\n');
    const wanted = lines.flatMap(([, error]) =>
      error === undefined ? [] : { error: { advice: /\.$/, ...error } },
    );
    t.match(errors, wanted);
    t.equal(errors.length, wanted.length);
    t.equal(faults, wanted.length);
    const { code, stdout, stderr } = await ferryOpenflow(['encode', '--hex'], text);
    t.equal(code, 1);
    t.equal(stdout.toString(), bytes.toString());
    t.equal(stderr.split('\n').length, wanted.length + 1);
  },
);

t.test('a line that is too long is refused without being kept', async (t) => {
  const long = `{"type":"echoRequest","data":"${'00'.repeat(5_000_000)}"}`;
  const { bytes, errors } = await encode(`{"type":"hello"}\n${long}\n{"type":"hello"}\n${long}`, {
    hex: true,
  });
  t.equal(bytes.toString().split('\n').length, 3);
  t.match(errors, [
    { error: { code: 'JSON_INVALID', line: 2 } },
    { error: { code: 'JSON_INVALID', line: 4 } },
  ]);
});

t.test('the longest message fits, one byte more does not', async (t) => {
  const echo = (bytes: number): string =>
    JSON.stringify({ type: 'echoRequest', data: '5a'.repeat(bytes) });
  const { bytes, errors } = await encode(`${echo(65_527)}\n${echo(65_528)}\n`);
  t.equal(bytes.length, 65_535);
  t.match(errors, [{ error: { messageType: 'echoRequest', line: 2 } }]);
});
