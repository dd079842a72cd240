// Lines out of chunks of any size.
import t from 'tap';
import { LineSplitter } from '../../../native/line-splitter.js';

t.test('lines come whole, however the bytes are cut', (t) => {
  const bytes = Buffer.from('{"a":"ä€😀"}\n\n{"b":2}\r\nrest');
  for (let size = 1; size <= bytes.length; size++) {
    const splitter = new LineSplitter(64);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      lines.push(...splitter.push(bytes.subarray(at, at + size)));
    }
    t.same(
      lines.map((line) => line.trim()),
      ['{"a":"ä€😀"}', '{"b":2}'],
    );
  }
  t.end();
});

t.test('a line that is too long is refused, whole or not', (t) => {
  t.throws(() => new LineSplitter(8).push(Buffer.from('123456789')), { code: 'LINE_TOO_LONG' });
  t.throws(() => new LineSplitter(8).push(Buffer.from('1\n123456789\n')), {
    code: 'LINE_TOO_LONG',
  });
  t.same(new LineSplitter(8).push(Buffer.from('12345678\n12345678')), ['12345678']);
  t.end();
});
