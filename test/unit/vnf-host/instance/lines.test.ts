import t from 'tap';
import { LineSplitter, MAX_LINE_BYTES } from '../../../../vnf-host/instance/lines.js';

t.test('any cut of the stream gives the same lines', (t) => {
  const text = Buffer.from('{"a":"é"}\n\n{"b":2}\nrest');
  for (let size = 1; size <= text.length; size += 1) {
    const splitter = new LineSplitter();
    const lines: string[] = [];
    for (let at = 0; at < text.length; at += size) {
      lines.push(...splitter.push(text.subarray(at, at + size)));
    }
    t.same(lines, ['{"a":"é"}', '', '{"b":2}'], `in pieces of ${size}`);
    t.same(splitter.push(Buffer.from('\n')), ['rest']);
  }
  t.end();
});

t.test('a line has a bound, whole or in pieces', (t) => {
  const most = Buffer.alloc(MAX_LINE_BYTES, 'x');
  t.equal(
    new LineSplitter().push(Buffer.concat([most, Buffer.from('\n')]))[0]?.length,
    most.length,
  );
  t.throws(() => new LineSplitter().push(Buffer.concat([most, Buffer.from('x\n')])), RangeError);
  const splitter = new LineSplitter();
  splitter.push(most);
  t.throws(() => splitter.push(Buffer.from('x')), RangeError);
  t.end();
});
