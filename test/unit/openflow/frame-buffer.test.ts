import t from 'tap';
import {
  decode,
  encode,
  Encoded,
  FrameBuffer,
  type Message,
  WireError,
} from '../../../sdn-app/openflow/index.js';
import { vectors } from './vectors.js';

const frames = vectors.map(({ frame }) => frame);
const messages = frames.map((frame) => decode(frame));
const hexOf = (bytes: Buffer) => bytes.toString('hex');

t.test('frames stand one behind the other, whatever room there was', (t) => {
  for (const bytes of [8, 100, 1000, 100_000]) {
    const buffer = new FrameBuffer(bytes);
    for (const [index, message] of messages.entries()) {
      buffer.add(index % 2 === 0 ? message : new Encoded(message));
    }
    const whole = Buffer.concat(frames);
    t.equal(buffer.length, whole.length);
    t.equal(hexOf(buffer.take()), hexOf(whole), `from ${bytes} bytes`);
    t.equal(buffer.length, 0);
  }
  t.end();
});

t.test('what is taken stays as it is when the buffer is used again', (t) => {
  const buffer = new FrameBuffer();
  const [first, second] = messages;
  if (first === undefined || second === undefined) throw new Error('no vectors');
  buffer.add(first);
  const taken = buffer.take();
  buffer.add(second);
  t.equal(hexOf(taken), hexOf(encode(first)));
  t.end();
});

t.test(
  'a message that cannot be encoded adds nothing, and the place of its fault is right',
  (t) => {
    const buffer = new FrameBuffer();
    const [first] = messages;
    if (first === undefined) throw new Error('no vectors');
    buffer.add(first);
    const before = buffer.length;
    const bad = { type: 'packetOut', xid: 0, bufferId: 0, inPort: -1, actions: [] };
    const refusal = {
      code: 'WIRE_BAD_VALUE',
      messageType: 'packetOut',
      field: 'inPort',
      offset: 12,
    };
    t.throws(() => buffer.add({ ...bad, data: Buffer.alloc(0) } as Message), refusal);
    t.equal(buffer.length, before);
    const long = { ...bad, inPort: 1, data: Buffer.alloc(70_000) } as Message;
    t.throws(() => buffer.add(long), { code: 'WIRE_TOO_LONG', messageType: 'packetOut' });
    t.equal(hexOf(buffer.take()), hexOf(encode(first)));
    t.throws(() => new Encoded(long), WireError);
    t.end();
  },
);

t.test('only so much stays', (t) => {
  const buffer = new FrameBuffer();
  for (const message of messages) buffer.add(message);
  buffer.truncate(frames[0]?.length ?? 0);
  t.equal(hexOf(buffer.take()), hexOf(frames[0] ?? Buffer.alloc(0)));
  t.end();
});

t.test('a frame is decoded where it stands in a buffer', (t) => {
  for (const { name, frame } of vectors) {
    for (const before of [1, 8]) {
      const around = Buffer.concat([Buffer.alloc(before, 0xee), frame, Buffer.alloc(9, 0xee)]);
      const found = decode(around, before, before + frame.length);
      t.equal(hexOf(encode(found)), hexOf(frame), name);
      // The fault is placed from the start of the frame.
      const cut = (bytes: Buffer, start: number, end: number) => {
        try {
          decode(bytes, start, end);
          return undefined;
        } catch (error) {
          if (error instanceof WireError) return error.message;
          throw error;
        }
      };
      const end = frame.length - 1;
      t.same(cut(around, before, before + end), cut(frame, 0, end), `${name}, cut`);
    }
  }
  t.end();
});
