// Numbers and tables as people read them.
import t from 'tap';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import { bytes, count, microseconds, milliseconds } from '../../../sdn-app/cli/format.js';
import { errorLine, knownCode } from '../../../sdn-app/cli/output.js';
import { barText } from '../../../sdn-app/cli/progress-bar.js';
import { wholeNumber } from '../../../sdn-app/cli/values.js';

t.test('numbers carry their unit, and null is a dash', (t) => {
  t.equal(count(1234567), '1,234,567');
  t.equal(bytes(9999), '9,999 B');
  t.equal(bytes(10_000), '10.0 kB');
  t.equal(bytes(20_000_000), '20.0 MB');
  t.equal(milliseconds(3.14159), '3.1 ms');
  t.equal(milliseconds(1234.5), '1235 ms');
  t.equal(microseconds(999), '999 us');
  t.equal(microseconds(15_000), '15.00 ms');
  t.same(
    [count, bytes, milliseconds, microseconds].map((show) => show(null)),
    ['-', '-', '-', '-'],
  );
  t.end();
});

t.test('an error is one line that says what to do', (t) => {
  const error = new FerryError('PORT_IN_USE', '127.0.0.1:6653 is in use', '--openflow-port');
  t.equal(
    errorLine(error),
    'error PORT_IN_USE: 127.0.0.1:6653 is in use (--openflow-port) -> ' +
      'Stop the program that listens there, or choose another port.',
  );
  t.equal(knownCode('LAB_FAILED'), 'LAB_FAILED');
  t.equal(knownCode('toString'), 'INTERNAL', 'not a code of the table');
  t.end();
});

t.test('the bar stays within its width', (t) => {
  t.equal(barText(0), `[${'.'.repeat(30)}]   0%`);
  t.equal(barText(0.5), `[${'#'.repeat(15)}${'.'.repeat(15)}]  50%`);
  t.equal(barText(7), `[${'#'.repeat(30)}] 100%`);
  t.equal(barText(-1), barText(0));
  t.end();
});

t.test('numbers of the command line are whole and bounded', (t) => {
  const port = wholeNumber(1, 65_535);
  t.equal(port('1'), 1);
  t.equal(port('65535'), 65_535);
  for (const wrong of ['0', '65536', '-1', '1.5', '0x10', '1e3', ' 1', '', 'one']) {
    t.throws(() => port(wrong), wrong);
  }
  t.end();
});
