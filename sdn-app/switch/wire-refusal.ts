/** What a peer is told of a message that cannot be read (OpenFlow 1.3.5 section 7.4.4). */
import { error, errorCause, type ErrorMessage, type WireErrorCode } from '../openflow/index.js';

/** OFPT_ERROR: nobody answers an error with another. */
const ERROR_TYPE = 1;
const [TYPE_OFFSET, XID_OFFSET] = [1, 4];
/** "At least 64 bytes of the failed request", or all of it. */
const QUOTED_BYTES = 64;

/** For a value that the protocol does not have, section 7.4.4 has no code that fits every message. */
const CODES = {
  WIRE_BAD_VERSION: 'badVersion',
  WIRE_UNKNOWN_TYPE: 'badType',
  WIRE_TRUNCATED: 'badLength',
  WIRE_BAD_LENGTH: 'badLength',
  WIRE_TOO_LONG: 'badLength',
  WIRE_BAD_VALUE: undefined,
} as const satisfies Record<WireErrorCode, string | undefined>;

/** `frame` is whole, header and all; undefined when there is nothing to say. */
export function refusalOf(frame: Buffer, reason: WireErrorCode): ErrorMessage | undefined {
  const code = CODES[reason];
  if (code === undefined || frame[TYPE_OFFSET] === ERROR_TYPE) return undefined;
  return error({
    xid: frame.readUInt32BE(XID_OFFSET),
    error: errorCause.make.badRequest({ code }),
    data: frame.subarray(0, QUOTED_BYTES),
  });
}
