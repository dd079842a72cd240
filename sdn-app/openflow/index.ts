import { codec, type Message } from './messages.js';
import { JsonReader, toJson } from './json.js';
import { Reader } from './wire.js';
import { placeInFrame } from './wire-error.js';

/**
 * The message in exactly one frame, which may stand in a larger buffer. Byte fields are views of the
 * buffer, not copies. Throws WireError, and nothing else, on whatever is wrong with it.
 */
export function decode(buffer: Buffer, start = 0, end = buffer.length): Message {
  const reader = new Reader(buffer, start, end);
  try {
    const message = codec.read(reader) as Message;
    reader.expectEnd();
    return message;
  } catch (error) {
    throw placeInFrame(error, start);
  }
}

const jsonReader = new JsonReader(codec);

/**
 * The message as plain JSON, nothing lost: 64-bit numbers as decimal text, bytes as hexadecimal
 * text, everything else as it is.
 */
export function messageToJson(message: Message): unknown {
  return toJson(message);
}

/**
 * The message of a JSON form. Fields with a default may be left out, 64-bit numbers may be numbers
 * up to 2^53-1, decimal or hexadecimal ("0x1f") text. Throws JsonError, and nothing else, when the
 * message could not be sent: unknown and missing fields, values out of range.
 */
export function messageFromJson(value: unknown): Message {
  return jsonReader.read(value) as Message;
}

/** The same message with another xid, also in the message that a bundleAdd carries. */
export function withXid<M extends Message>(message: M, xid: number): M {
  return message.type === 'bundleAdd'
    ? { ...message, xid, message: { ...message.message, xid } }
    : { ...message, xid };
}

export { action, type Action } from './action.js';
export { formatIpv4, formatMac, parseMac } from './address.js';
export * from './basic.js';
export {
  type BundleAdd,
  bundleAdd,
  type BundleControl,
  bundleControl,
  bundleError,
  bundleErrorName,
  type BundleProperty,
  bundleProperty,
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
export { encode, Encoded, FrameBuffer, type Outgoing } from './frame-buffer.js';
export { Framer, type FramerOptions } from './framer.js';
export { type FlowStats, flowStats } from './flow-stats.js';
export { bucket, type Bucket, type GroupMod, groupMod, type GroupType } from './group-mod.js';
export {
  type GroupDescription,
  groupDescription,
  type GroupStats,
  groupStats,
} from './group-stats.js';
export { JsonError, type JsonErrorCode } from './json-error.js';
export { instruction, type Instruction } from './instruction.js';
export { openflow13 } from './message.js';
export { messages, type Message } from './messages.js';
export {
  type MeterBand,
  meterBand,
  type MeterConfig,
  meterConfig,
  type MeterFlag,
  type MeterMod,
  meterMod,
  type MeterStats,
  meterStats,
} from './meter.js';
export * from './multipart.js';
export { match, type MatchFields } from './match.js';
export { type OxmField, type OxmName, type UnknownOxm } from './oxm.js';
export { type OxmId, oxmId } from './oxm-id.js';
export { missingPrerequisite, type MissingPrerequisite } from './oxm-prerequisite.js';
export * from './packet.js';
export { type PlainMessage } from './plain.js';
export {
  type Port,
  type PortConfigFlag,
  portDescription,
  portFeature,
  type PortMod,
  portMod,
  type PortStatus,
  portStatus,
} from './port.js';
export { group, maxLength, meter, noBuffer, port, queue, table } from './port-number.js';
export { type PortStats, portStats } from './port-stats.js';
export * from './queue.js';
export * from './role.js';
export { type TableMod, tableMod, type TableStats, tableStats } from './table.js';
export * from './table-features.js';
export { maxFrameBytes } from './wire.js';
export { WireError, type WireErrorCode } from './wire-error.js';
