import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import {
  decode,
  encode,
  messageFromJson,
  messages,
  messageToJson,
  WireError,
} from '../../../sdn-app/openflow/index.js';
import { anyFrame, anyMessage, messagesByType } from './arbitrary.js';
import { exampleMessages } from './examples.js';
import { membersIn, membersOf } from './members.js';
import { cutTo, isPlaced, isWithin, outcomeOf } from './outcome.js';

/** Much to compute, on a machine that may have much else to do. */
const patient = { timeout: 240_000 };

t.test(
  'a message survives encoding and decoding, and its bytes decoding and encoding',
  patient,
  (t) => {
    for (const [type, arbitrary] of messagesByType) {
      fc.assert(
        fc.property(arbitrary, (message) => {
          const frame = encode(message);
          const decoded = decode(frame);
          return isDeepStrictEqual(decoded, message) && encode(decoded).equals(frame);
        }),
        { numRuns: type.startsWith('multipart') ? 1500 : 200 },
      );
    }
    t.end();
  },
);

t.test('a message survives JSON', patient, (t) => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const text = JSON.stringify(messageToJson(message));
      return isDeepStrictEqual(messageFromJson(JSON.parse(text)), message);
    }),
    { numRuns: 3000 },
  );
  t.end();
});

t.test('examples with every member of every union round-trip, also as JSON', patient, (t) => {
  const seen = new Set<string>();
  const declared = new Set<string>();
  const shapes = new Map(messages.map(({ type, shape }) => [type as string, shape]));
  for (const shape of shapes.values()) membersOf(shape, declared);
  for (const message of exampleMessages) {
    const shape = shapes.get(message.type);
    if (shape !== undefined) membersIn(shape, message, seen);
    const frame = encode(message);
    const decoded = decode(frame);
    if (!isDeepStrictEqual(decoded, message)) t.strictSame(decoded, message);
    if (!encode(decoded).equals(frame)) t.fail(`other bytes of ${message.type}`);
    const again = messageFromJson(JSON.parse(JSON.stringify(messageToJson(message))));
    if (!isDeepStrictEqual(again, message)) t.strictSame(again, message);
  }
  t.strictSame([...seen].sort(), [...declared].sort());
  t.ok(declared.size > 300, `${declared.size} members in ${exampleMessages.length} messages`);
  t.end();
});

t.test('a message cut at every byte: a placed error, or a shorter message', patient, (t) => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const frame = encode(message);
      for (let size = 0; size < frame.length; size += 1) {
        const torn = outcomeOf(frame.subarray(0, size));
        if (!(torn instanceof WireError) || !isPlaced(torn, size)) return false;
        const cut = cutTo(frame, size);
        const outcome = outcomeOf(cut);
        if (outcome instanceof WireError) {
          if (!isPlaced(outcome, size)) return false;
        } else if (!isWithin(outcome, cut) || !encode(outcome).equals(cut)) return false;
      }
      return true;
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('a message with one bit flipped: a placed error, or another message', patient, (t) => {
  fc.assert(
    fc.property(anyMessage, fc.nat(), (message, where) => {
      const frame = encode(message);
      const at = Math.floor(where / 8) % frame.length;
      frame[at] = (frame[at] ?? 0) ^ (1 << (where % 8));
      return isTypedOrTrue(frame);
    }),
    { numRuns: 4000 },
  );
  t.end();
});

t.test('anything behind a header: a placed error, or a message that round-trips', patient, (t) => {
  fc.assert(fc.property(anyFrame, isTypedOrTrue), { numRuns: 10_000 });
  t.end();
});

t.test('any bytes at all: only a placed error, or a message', patient, (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => isTypedOrTrue(Buffer.from(bytes))),
    { numRuns: 4000 },
  );
  t.end();
});

/** A placed error, or a message that holds no more than the frame and survives encoding. */
function isTypedOrTrue(frame: Buffer): boolean {
  const outcome = outcomeOf(frame);
  if (outcome instanceof WireError) return isPlaced(outcome, frame.length);
  return isWithin(outcome, frame) && isDeepStrictEqual(decode(encode(outcome)), outcome);
}
