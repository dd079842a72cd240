import t from 'tap';
import { LinkPace } from '../../../sdn-app/migration/link-pace.js';

const FRAME = 1000;

/** Bytes that may go through a port until then, looked at every millisecond. */
function through(pace: LinkPace, port: number, untilMs: number): number {
  let bytes = 0;
  for (let now = 0; now <= untilMs; now += 1) {
    pace.advance(now);
    while (pace.take(port, FRAME)) bytes += FRAME;
  }
  return bytes;
}

t.test('no more than the link carries, and a little at once', (t) => {
  const carried = (100e6 / 8) * 1;
  const bytes = through(new LinkPace(100e6, 0), 0, 1000);
  t.ok(bytes < carried, `${bytes} of ${carried}`);
  t.ok(bytes > carried * 0.9, `${bytes} of ${carried}`);
  t.end();
});

t.test('each port for itself', (t) => {
  const pace = new LinkPace(10e6, 0);
  while (pace.take(0, FRAME));
  t.ok(pace.take(1, FRAME));
  t.notOk(pace.take(0, FRAME));
  pace.advance(1);
  t.ok(pace.take(0, FRAME), '1125 bytes came together in a millisecond');
  t.notOk(pace.take(0, FRAME));
  t.end();
});

t.test('a link without a rate bounds nothing', (t) => {
  const pace = new LinkPace(Infinity, 0);
  pace.advance(0);
  for (let i = 0; i < 100_000; i += 1) if (!pace.take(0, FRAME)) t.fail('it waits');
  t.end();
});
