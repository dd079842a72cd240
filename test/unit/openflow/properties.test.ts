import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { decode, encode, messages, WireError } from '../../../sdn-app/openflow/index.js';
import { anyFrame, anyMessage } from './arbitrary.js';
import { isPlaced, outcomeOf } from './outcome.js';

t.test('a message survives encoding and decoding, and its bytes decoding and encoding', (t) => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyMessage, (message) => {
      seen.add(message.type);
      const frame = encode(message);
      const decoded = decode(frame);
      return isDeepStrictEqual(decoded, message) && encode(decoded).equals(frame);
    }),
    { numRuns: 4000 },
  );
  t.strictSame([...seen].sort(), messages.map(({ type }) => type).sort(), 'every type was tried');
  t.end();
});

t.test('a message with one bit flipped: a placed error, or another message', (t) => {
  fc.assert(
    fc.property(anyMessage, fc.nat(), (message, where) => {
      const frame = encode(message);
      const at = Math.floor(where / 8) % frame.length;
      frame[at] = (frame[at] ?? 0) ^ (1 << (where % 8));
      const outcome = outcomeOf(frame);
      if (outcome instanceof WireError) return isPlaced(outcome, frame.length);
      return isDeepStrictEqual(decode(encode(outcome)), outcome);
    }),
    { numRuns: 4000 },
  );
  t.end();
});

t.test('anything behind a header: a placed error, or a message that round-trips', (t) => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const outcome = outcomeOf(frame);
      if (outcome instanceof WireError) return isPlaced(outcome, frame.length);
      return isDeepStrictEqual(decode(encode(outcome)), outcome);
    }),
    { numRuns: 10_000 },
  );
  t.end();
});

t.test('any bytes at all: only a placed error, or a message', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const outcome = outcomeOf(Buffer.from(bytes));
      return !(outcome instanceof WireError) || isPlaced(outcome, bytes.length);
    }),
    { numRuns: 4000 },
  );
  t.end();
});
