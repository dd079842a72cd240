import t from 'tap';
import {
  action,
  bucket,
  decode,
  encode,
  errorCause,
  flowStats,
  groupDescription,
  helloElement,
  instruction,
  type Message,
  messages,
  multipartReplyBody,
  multipartRequestBody,
  portDescription,
  portStats,
  WireError,
} from '../../../sdn-app/openflow/index.js';
import { cutTo, isPlaced, outcomeOf } from './outcome.js';
import { vectors } from './vectors.js';

t.test('each vector decodes as it says and encodes to the same bytes', (t) => {
  for (const { name, frame, expected } of vectors) {
    const message = decode(frame);
    t.strictSame(message, expected, name);
    t.equal(encode(message).toString('hex'), frame.toString('hex'), name);
    t.equal(encode(expected as Message).toString('hex'), frame.toString('hex'), name);
  }
  t.end();
});

t.test('each declared message has a vector, and each declaration cites its section', (t) => {
  const cited = /^(7(\.\d+)+|EXT-230)$/;
  const covered = new Set(vectors.map(({ frame }) => decode(frame).type));
  for (const { type, section } of messages) {
    t.ok(covered.has(type), `${type} has a vector`);
    t.match(section, cited, `${type} cites its section`);
  }
  const unions = [action, instruction, helloElement, errorCause, multipartRequestBody];
  const variants = [...unions, multipartReplyBody].flatMap((union) =>
    Object.entries(union.variants),
  );
  const structs = { portDescription, bucket, flowStats, portStats, groupDescription };
  for (const [name, { section }] of [...variants, ...Object.entries(structs)]) {
    t.match(section, cited, `${name} cites its section`);
  }
  t.end();
});

t.test('a frame that ends early is refused at its length field', (t) => {
  for (const { name, frame } of vectors) {
    for (let size = 0; size < frame.length; size += 1) {
      const outcome = outcomeOf(frame.subarray(0, size));
      if (!(outcome instanceof WireError) || !isPlaced(outcome, size)) {
        t.fail(`${name} cut to ${size} bytes`);
      }
    }
    const longer = outcomeOf(Buffer.concat([frame, Buffer.alloc(1)]));
    t.match(longer, { code: 'WIRE_BAD_LENGTH', field: 'length' }, `${name} and a byte too many`);
  }
  t.end();
});

t.test('a message that ends early at any byte: a placed error, or a shorter valid message', (t) => {
  for (const { name, frame } of vectors) {
    for (let size = 8; size < frame.length; size += 1) {
      const cut = cutTo(frame, size);
      const outcome = outcomeOf(cut);
      const isGood =
        outcome instanceof WireError
          ? isPlaced(outcome, size) && outcome.messageType !== 'header'
          : encode(outcome).equals(cut);
      if (!isGood) t.fail(`${name} cut to ${size} bytes`, { outcome });
    }
  }
  t.end();
});

t.test(
  'any 16 bits, length fields among them, set to anything: a placed error or a message',
  (t) => {
    const values = [0, 1, 3, 4, 7, 8, 12, 16, 0x7fff, 0x8000, 0xfff8, 0xffff];
    let refused = 0;
    for (const { name, frame } of vectors) {
      for (let at = 0; at + 2 <= frame.length; at += 1) {
        for (const value of [...values, frame.readUInt16BE(at) + 1, frame.readUInt16BE(at) - 1]) {
          const corrupt = Buffer.from(frame);
          corrupt.writeUInt16BE(value & 0xffff, at);
          const outcome = outcomeOf(corrupt);
          if (!(outcome instanceof WireError)) {
            // Padding may have been corrupted, so only what is decoded must round-trip.
            const again = decode(encode(outcome));
            if (!encode(again).equals(encode(outcome))) t.fail(`${name} with ${value} at ${at}`);
            continue;
          }
          refused += 1;
          if (!isPlaced(outcome, frame.length)) t.fail(`${name} with ${value} at ${at}`);
        }
      }
    }
    t.ok(refused > 10_000, `${refused} corrupt frames were refused`);
    t.end();
  },
);
