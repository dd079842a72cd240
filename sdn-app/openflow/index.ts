import { bundleAdd, bundleControl } from './bundle.js';
import { Codec } from './codec.js';
import type { ValueOf } from './kinds.js';
import { plainMessages } from './plain.js';
import { Reader, Writer } from './wire.js';

/** Every message that this library knows. */
export const messages = [...plainMessages, bundleControl, bundleAdd] as const;

/** An OpenFlow message, told apart by `type`. */
export type Message = ValueOf<(typeof messages)[number]>;

const codec = new Codec(messages);
const writer = new Writer();

/** The frame of a message. Throws WireError when a field's value cannot be sent. */
export function encode(message: Message): Buffer {
  writer.position = 0;
  codec.write(writer, message);
  return writer.finish();
}

/**
 * The message in exactly one frame. Byte fields are views of the frame, not copies. Throws
 * WireError, and nothing else, on whatever is wrong with it.
 */
export function decode(frame: Buffer): Message {
  const reader = new Reader(frame);
  const message = codec.read(reader) as Message;
  reader.expectEnd();
  return message;
}

/** The same message with another xid, also in the message that a bundleAdd carries. */
export function withXid<M extends Message>(message: M, xid: number): M {
  return message.type === 'bundleAdd'
    ? { ...message, xid, message: { ...message.message, xid } }
    : { ...message, xid };
}

export { action, type Action } from './action.js';
export * from './basic.js';
export {
  type BundleAdd,
  bundleAdd,
  type BundleControl,
  bundleControl,
  bundleError,
  onfExperimenter,
} from './bundle.js';
export { error, errorCause, type ErrorCause, type ErrorMessage } from './errors.js';
export * from './features.js';
export {
  type FlowMod,
  flowMod,
  type FlowModFlag,
  type FlowRemoved,
  flowRemoved,
} from './flow-mod.js';
export { Framer, type FramerOptions } from './framer.js';
export { bucket, type Bucket, type GroupMod, groupMod, type GroupType } from './group-mod.js';
export { instruction, type Instruction } from './instruction.js';
export { openflow13 } from './message.js';
export * from './multipart.js';
export { match, type MatchFields, type OxmField, type OxmName } from './oxm.js';
export * from './packet.js';
export { type PlainMessage } from './plain.js';
export { type Port, portDescription, type PortStatus, portStatus } from './port.js';
export { group, maxLength, noBuffer, port, table } from './port-number.js';
export * from './role.js';
export { maxFrameBytes } from './wire.js';
export { WireError, type WireErrorCode } from './wire-error.js';
