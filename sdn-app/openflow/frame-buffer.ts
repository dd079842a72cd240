import { codec, type Message } from './messages.js';
import { maxFrameBytes, Writer } from './wire.js';
import { placeInFrame } from './wire-error.js';

/** Bytes that a new buffer has room for; it grows. */
const initialBytes = 4096;

/** A message that is encoded once and sent many times, as it is: with the xid that it has. */
export class Encoded<M extends Message = Message> {
  readonly type: M['type'];
  readonly frame: Buffer;

  /** Throws WireError when a field's value cannot be sent. */
  constructor(message: M) {
    this.type = message.type;
    this.frame = encode(message);
  }
}

/** What can be sent. */
export type Outgoing = Message | Encoded;

/** Frames one behind the other, encoded into memory that is used again. */
export class FrameBuffer {
  private readonly writer: Writer;

  constructor(bytes = initialBytes) {
    this.writer = new Writer(bytes);
  }

  /** Bytes of the frames in it. */
  get length(): number {
    return this.writer.position;
  }

  /** Bytes that it has room for without growing. */
  get capacity(): number {
    return this.writer.buffer.length;
  }

  /** Throws WireError when a field's value cannot be sent; then nothing is added. */
  add(message: Outgoing): void {
    const { writer } = this;
    writer.begin();
    if (message instanceof Encoded) {
      writer.bytes(message.frame);
      return;
    }
    try {
      codec.write(writer, message);
    } catch (error) {
      writer.position = writer.origin;
      throw placeInFrame(error, writer.origin);
    }
  }

  /** Only the first `length` bytes stay. */
  truncate(length: number): void {
    this.writer.position = Math.min(length, this.length);
  }

  /** A copy of the frames; the buffer is empty then. */
  take(): Buffer {
    const { buffer, position } = this.writer;
    const frames = Buffer.allocUnsafe(position);
    buffer.copy(frames, 0, 0, position);
    this.writer.position = 0;
    return frames;
  }
}

const single = new FrameBuffer(maxFrameBytes);

/** The frame of a message. Throws WireError when a field's value cannot be sent. */
export function encode(message: Message): Buffer {
  single.add(message);
  return single.take();
}
