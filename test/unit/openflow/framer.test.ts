import fc from 'fast-check';
import t from 'tap';
import { Framer } from '../../../sdn-app/openflow/index.js';
import { vectors } from './vectors.js';

const frames = vectors.map(({ frame }) => frame);
const stream = Buffer.concat(frames);

function hexOf(list: readonly Buffer[]): string[] {
  return list.map((frame) => frame.toString('hex'));
}

t.test('frames come out whole however the stream is cut', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (sizes) => {
      const framer = new Framer();
      const seen: Buffer[] = [];
      let rest = stream;
      for (let index = 0; rest.length > 0; index += 1) {
        const size = sizes[index % sizes.length] ?? 1;
        // A copy that is wiped afterwards: a frame must not depend on a chunk it only began in.
        const chunk = Buffer.from(rest.subarray(0, size));
        const complete = framer.push(chunk);
        seen.push(...complete.map((frame) => Buffer.from(frame)));
        chunk.fill(0xee);
        rest = rest.subarray(size);
      }
      return hexOf(seen).join() === hexOf(frames).join();
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('one byte at a time', (t) => {
  const framer = new Framer();
  const seen = [...stream].flatMap((byte) => framer.push(Buffer.of(byte)));
  t.strictSame(hexOf(seen), hexOf(frames));
  t.end();
});

t.test('all at once', (t) => {
  t.strictSame(hexOf(new Framer().push(stream)), hexOf(frames));
  t.end();
});

t.test('a frame of the largest size', (t) => {
  const frame = Buffer.alloc(0xffff, 7);
  frame.writeUInt16BE(0xffff, 2);
  const framer = new Framer();
  t.strictSame(framer.push(frame.subarray(0, 40_000)), []);
  t.strictSame(hexOf(framer.push(frame.subarray(40_000))), hexOf([frame]));
  t.end();
});

t.test('a peer that announces much and sends little costs little', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 12 }), (sizes) => {
      const framer = new Framer();
      framer.push(Buffer.from('0402ffff', 'hex'));
      let arrived = 4;
      for (const size of sizes) {
        framer.push(Buffer.alloc(size));
        arrived += size;
        if (framer.incomplete.length !== arrived) return false;
        if (framer.incomplete.buffer.byteLength > 2 * arrived) return false;
      }
      return true;
    }),
  );
  t.end();
});

t.test('a length below the header is refused, and so is all that follows', (t) => {
  for (const length of [0, 7]) {
    const framer = new Framer();
    const bad = Buffer.from([4, 2, 0, length, 0, 0, 0, 1]);
    const refusal = { name: 'WireError', code: 'WIRE_BAD_LENGTH', field: 'length', offset: 2 };
    t.throws(() => framer.push(bad), refusal);
    t.throws(() => framer.push(stream), refusal);
  }
  t.end();
});

t.test('a length above the limit is refused as soon as it is known', (t) => {
  const framer = new Framer({ maxFrameBytes: 1000 });
  t.strictSame(framer.push(Buffer.from([4, 2, 3])), []);
  t.throws(() => framer.push(Buffer.from([0xe9])), { code: 'WIRE_TOO_LONG', offset: 2 });
  t.strictSame(
    new Framer({ maxFrameBytes: 8 }).push(Buffer.from('0402000800000001', 'hex')).length,
    1,
  );
  t.end();
});

t.test('a limit that no frame can meet, or the length field cannot express, is refused', (t) => {
  for (const maxFrameBytes of [7, 0x10000, Number.NaN]) {
    t.throws(() => new Framer({ maxFrameBytes }), RangeError);
  }
  t.end();
});
