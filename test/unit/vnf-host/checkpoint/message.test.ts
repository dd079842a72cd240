// As much of protobuf as criu's images need: what is not touched stays, and nothing is read beyond.
import fc from 'fast-check';
import t from 'tap';
import { Message } from '../../../../vnf-host/checkpoint/message.js';

const field = fc.integer({ min: 1, max: 500 });
const number = fc.integer({ min: 0, max: 0xffffffff });

t.test('numbers are set and read, all else stays', (t) => {
  const property = fc.property(
    fc.uniqueArray(fc.tuple(field, number), { selector: ([key]) => key, maxLength: 20 }),
    (numbers) => {
      const message = Message.parse(Buffer.alloc(0));
      for (const [key, value] of numbers) message.set(key, value);
      const again = Message.parse(message.encode());
      for (const [key, value] of numbers) t.equal(again.number(key), value);
      t.ok(again.encode().equals(message.encode()));
    },
  );
  fc.assert(property, { numRuns: 50 });
  t.end();
});

t.test('nested messages, packed and repeated numbers', (t) => {
  // field 4: {2: 150, 11: [1, 300] packed}, field 11: 7 and 8, field 6: 4 fixed bytes
  const bytes = Buffer.from(
    '2208' + '109601' + '5a0301ac02' + '5807' + '5808' + '3501020304',
    'hex',
  );
  const message = Message.parse(bytes);
  t.equal(message.nested(4)?.number(2), 150);
  t.same(message.nested(4)?.numbers(11), [1, 300]);
  t.same(message.numbers(11), [7, 8]);
  t.equal(message.nested(5), undefined);
  t.ok(message.encode().equals(bytes));
  const nested = message.nested(4);
  if (nested === undefined) throw new Error('field 4 is one');
  nested.set(2, 7);
  message.embed(4, nested);
  t.equal(message.nested(4)?.number(2), 7);
  t.same(message.nested(4)?.numbers(11), [1, 300]);
  message.set(11, 9);
  t.same(Message.parse(message.encode()).numbers(11), [9, 8]);
  t.end();
});

t.test('any bytes: a message that encodes again, or a RangeError', (t) => {
  const property = fc.property(fc.uint8Array({ maxLength: 60 }), (raw) => {
    try {
      const message = Message.parse(Buffer.from(raw));
      Message.parse(message.encode());
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  });
  fc.assert(property, { numRuns: 500 });
  t.end();
});
