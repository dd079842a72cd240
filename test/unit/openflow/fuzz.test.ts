import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import {
  decode,
  encode,
  Framer,
  type Message,
  WireError,
} from '../../../sdn-app/openflow/index.js';
import { exampleMessages } from './examples.js';
import { isPlaced, isWithin, outcomeOf } from './outcome.js';
import { vectors } from './vectors.js';

/** Numbers that look random and are the same in every run (xorshift, 32 bits). */
function sequence(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Much to compute, on a machine that may have much else to do. */
const patient = { timeout: 240_000 };
const corpus = [...vectors.map(({ frame }) => frame), ...exampleMessages.map(encode)];
const edges = [0, 1, 3, 4, 7, 8, 15, 16, 24, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xfff8, 0xffff];

type Random = (limit: number) => number;
const pick = (random: Random): Buffer => corpus[random(corpus.length)] ?? Buffer.alloc(0);

/** What may happen to a frame, beside that its own length field follows. */
const mutations: readonly ((frame: Buffer, random: Random) => Buffer)[] = [
  (frame, random) => {
    const at = random(frame.length);
    frame[at] = (frame[at] ?? 0) ^ (1 << random(8));
    return frame;
  },
  (frame, random) => {
    const at = random(Math.max(1, frame.length - 1));
    if (at + 2 <= frame.length) frame.writeUInt16BE(edges[random(edges.length)] ?? 0, at);
    return frame;
  },
  (frame, random) => {
    const at = random(Math.max(1, frame.length - 1));
    if (at + 2 <= frame.length) {
      frame.writeUInt16BE((frame.readUInt16BE(at) + random(17) - 8) & 0xffff, at);
    }
    return frame;
  },
  (frame, random) => frame.subarray(0, random(frame.length + 1)),
  (frame, random) => {
    const at = random(frame.length + 1);
    return Buffer.concat([frame.subarray(0, at), Buffer.alloc(random(20)), frame.subarray(at)]);
  },
  (frame, random) => {
    const from = random(frame.length + 1);
    return Buffer.concat([frame.subarray(0, from), frame.subarray(from + random(20))]);
  },
  (frame, random) => {
    const other = pick(random);
    const tail = other.subarray(random(other.length + 1));
    return Buffer.concat([frame.subarray(0, random(frame.length + 1)), tail]);
  },
];

function mutate(frame: Buffer, random: Random): Buffer {
  let mutant: Buffer = Buffer.from(frame);
  for (let count = 1 + random(3); count > 0 && mutant.length > 0; count -= 1) {
    mutant = mutations[random(mutations.length)]?.(mutant, random) ?? mutant;
  }
  mutant = Buffer.from(mutant.subarray(0, 0xffff));
  // Mostly with the right length, so that what is inside is looked at.
  if (mutant.length >= 4 && random(8) > 0) mutant.writeUInt16BE(mutant.length, 2);
  return mutant;
}

t.test('mutated frames: only placed errors, or messages that round-trip', patient, (t) => {
  const random = sequence(0x5eed);
  const runs = 20_000;
  let good = 0;
  for (let run = 0; run < runs; run += 1) {
    const frame = mutate(pick(random), random);
    const outcome = outcomeOf(frame);
    if (outcome instanceof WireError) {
      if (!isPlaced(outcome, frame.length)) t.fail(`run ${run}: ${outcome.message}`);
      continue;
    }
    good += 1;
    const again = decode(encode(outcome));
    const isGood = isWithin(outcome, frame) && isDeepStrictEqual(again, outcome);
    if (!isGood) t.fail(`run ${run}: ${frame.toString('hex')}`);
  }
  t.ok(good > runs / 10, `${good} of ${runs} were messages`);
  t.ok(good < (9 * runs) / 10, `${runs - good} of ${runs} were refused`);
  t.end();
});

t.test('a frame reads the same whatever stands before and behind it', patient, (t) => {
  const random = sequence(0xa11e);
  const shown = (outcome: Message | WireError): unknown =>
    outcome instanceof WireError ? [outcome.code, outcome.message, outcome.offset] : outcome;
  for (let run = 0; run < 5_000; run += 1) {
    const frame = mutate(pick(random), random);
    const before = Buffer.alloc(random(70), random(256));
    const around = Buffer.concat([before, frame, Buffer.alloc(random(600), random(256))]);
    const inPlace = outcomeOf(around, before.length, before.length + frame.length);
    if (!isDeepStrictEqual(shown(inPlace), shown(outcomeOf(frame)))) {
      t.fail(`run ${run}: ${frame.toString('hex')}`);
    }
  }
  t.end();
});

t.test('a stream of frames in chunks of any size gives those frames', patient, (t) => {
  const random = sequence(0xf4a3);
  for (let run = 0; run < 200; run += 1) {
    const sent = Array.from({ length: 1 + random(20) }, () => pick(random));
    const stream = Buffer.concat(sent);
    const framer = new Framer();
    const received: Buffer[] = [];
    for (let at = 0; at < stream.length;) {
      const size = 1 + random(random(2) === 0 ? 8 : 3000);
      received.push(
        ...framer.push(stream.subarray(at, at + size)).map((frame) => Buffer.from(frame)),
      );
      at += size;
    }
    if (!isDeepStrictEqual(received, sent)) t.fail(`run ${run}`);
  }
  t.end();
});
