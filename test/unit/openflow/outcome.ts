import { decode, type Message, WireError } from '../../../sdn-app/openflow/index.js';

/** What became of a frame: a message, or the only error that decoding may throw. */
export function outcomeOf(frame: Buffer): Message | WireError {
  try {
    return decode(frame);
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
