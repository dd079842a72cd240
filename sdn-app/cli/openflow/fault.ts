/** What is wrong with one frame or one line, as the error object that takes its place. */
import { ERROR_TABLE, type ErrorCode } from '../../contract/errors.js';
import type { WireError } from '../../openflow/index.js';

export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  /** Declared name of the OpenFlow message, or `header` when that is not known. */
  readonly messageType?: string | undefined;
  /** Path of the field, like `instructions[1].actions[0].port`. */
  readonly field?: string | undefined;
  /** Bytes from the start of the frame to the field. */
  readonly offset?: number;
  /** Bytes from the start of the stream to the field. */
  readonly streamOffset?: number;
  /** Line of text, the first is 1. */
  readonly line?: number;
  /** The bytes that could not be read, in hexadecimal digits. */
  readonly frame?: string;
}

/** What is wrong with a frame that starts `frameOffset` bytes into the stream. */
export function frameFault(error: WireError, frame: Buffer, frameOffset: number): Fault {
  const { code, detail, messageType, field, offset } = error;
  const streamOffset = frameOffset + offset;
  return {
    code,
    message: `${messageType}.${field} at byte ${offset} (${streamOffset} of the stream): ${detail}`,
    messageType,
    field,
    offset,
    streamOffset,
    frame: frame.toString('hex'),
  };
}

export function faultObject(fault: Fault): { error: Fault & { advice: string } } {
  return { error: { ...fault, advice: ERROR_TABLE[fault.code][1] } };
}
