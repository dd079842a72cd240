import t from 'tap';
import { hello, helloFor, speaks } from '../../../sdn-app/openflow/index.js';

t.test('the hello to open with names its versions', (t) => {
  t.match(helloFor(), { version: 4, elements: [{ type: 'versionBitmap', bitmaps: [0x10] }] });
  t.match(helloFor([1, 4, 4]), { version: 4, elements: [{ bitmaps: [0x12] }] });
  t.end();
});

t.test('with a bitmap, the bitmap alone says what a peer speaks', (t) => {
  const newer = hello({ version: 6, elements: [{ type: 'versionBitmap', bitmaps: [0x62, 1] }] });
  const spoken = [0, 1, 2, 4, 5, 6, 31, 32, 64].filter((version) => speaks(newer, version));
  t.strictSame(spoken, [1, 5, 6, 32]);
  t.end();
});

t.test('without a bitmap, the lower of two versions is taken to be spoken', (t) => {
  t.equal(speaks(hello({ version: 6 }), 4), true);
  t.equal(speaks(hello({ version: 4 }), 4), true);
  t.equal(speaks(hello({ version: 1 }), 4), false);
  const odd = hello({
    version: 1,
    elements: [{ type: 'unknown', code: 9, bytes: Buffer.alloc(2) }],
  });
  t.equal(speaks(odd, 4), false);
  t.end();
});
