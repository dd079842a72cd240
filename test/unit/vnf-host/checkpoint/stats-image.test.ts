import t from 'tap';
import { parseDumpStats } from '../../../../vnf-host/checkpoint/stats-image.js';

// Of criu 4.2.1: two magic numbers, length 37, message of field 1 (35 bytes).
const IMAGE = Buffer.from(
  '40591055' +
    '06330957' +
    '25000000' +
    '0a23' +
    '08a108' +
    '10abe602' +
    '18aa5e' +
    '20e83b' +
    '288d22' +
    '3000' +
    '389621' +
    '4000' +
    '4800' +
    '5008' +
    '5808' +
    '6008' +
    '6800' +
    '7000',
  'hex',
);

t.test('how long the processes stood still, in ms', (t) => {
  const stats = parseDumpStats(IMAGE);
  t.same(stats, { freezingMs: 1.057, frozenMs: 45.867, pagesWritten: 0 });
  t.end();
});

t.test('an image cut anywhere is refused or has the numbers that it has', (t) => {
  for (let length = 0; length < IMAGE.length; length += 1) {
    const cut = IMAGE.subarray(0, length);
    t.throws(() => parseDumpStats(cut), RangeError, `${length} bytes`);
  }
  t.throws(() => parseDumpStats(Buffer.concat([IMAGE.subarray(0, 12), Buffer.alloc(37, 0xff)])));
  t.end();
});
