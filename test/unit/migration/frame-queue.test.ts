import t from 'tap';
import { FrameQueue } from '../../../sdn-app/migration/frame-queue.js';

const frame = (number: number, bytes = 100) => ({
  port: number,
  frame: Buffer.alloc(bytes),
});

t.test('in order, however often it is emptied half way', (t) => {
  const queue = new FrameQueue(1_000_000);
  let pushed = 0;
  let taken = 0;
  for (let round = 0; round < 200; round += 1) {
    for (let i = 0; i < 7; i += 1) queue.push(frame(pushed++));
    const oldest = queue.first(5);
    t.same(
      oldest.map(({ port }) => port),
      oldest.map((_, index) => taken + index),
    );
    queue.drop(oldest.length);
    taken += oldest.length;
    t.equal(queue.length, pushed - taken);
    t.equal(queue.bytes, 100 * (pushed - taken));
  }
  queue.drop(10_000);
  t.same([queue.length, queue.bytes], [0, 0]);
  t.equal(queue.peak, 405);
  t.end();
});

t.test('what is more than the bound is not taken', (t) => {
  const queue = new FrameQueue(250);
  t.ok(queue.push(frame(0)));
  t.ok(queue.push(frame(1)));
  t.notOk(queue.push(frame(2)));
  t.ok(queue.push(frame(3, 50)));
  queue.drop(1);
  t.ok(queue.push(frame(4)));
  t.end();
});
