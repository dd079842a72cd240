import { decode, type Message, WireError } from '../../../sdn-app/openflow/index.js';

/** What became of a frame: a message, or the only error that decoding may throw. */
export function outcomeOf(buffer: Buffer, start = 0, end = buffer.length): Message | WireError {
  try {
    return decode(buffer, start, end);
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
}

/** A frame cut to `size` bytes, whose length field says so. */
export function cutTo(frame: Buffer, size: number): Buffer {
  const cut = Buffer.from(frame.subarray(0, size));
  if (size >= 4) cut.writeUInt16BE(size, 2);
  return cut;
}

/** Whether an error says which message, which field and where, within a frame of this size. */
export function isPlaced(
  { messageType, field, offset, message }: WireError,
  size: number,
): boolean {
  return (
    messageType !== '' &&
    field !== '' &&
    offset >= 0 &&
    offset <= size &&
    message.includes(messageType) &&
    message.includes(`${field} at byte ${offset}`)
  );
}

/** Whether a message holds no more than its frame did, and its bytes are views of that frame. */
export function isWithin(message: Message, frame: Buffer): boolean {
  let bytes = 0;
  let elements = 0;
  const visit = (value: unknown): boolean => {
    if (value instanceof Uint8Array) {
      bytes += value.length;
      return value.length === 0 || value.buffer === frame.buffer;
    }
    if (Array.isArray(value)) elements += value.length;
    return typeof value !== 'object' || value === null || Object.values(value).every(visit);
  };
  return visit(message) && bytes <= frame.length && elements <= 8 * frame.length;
}
