import {
  barrierReply,
  barrierRequest,
  echoReply,
  echoRequest,
  experimenter,
  hello,
} from './basic.js';
import { Codec } from './codec.js';
import { error } from './errors.js';
import {
  featuresReply,
  featuresRequest,
  getConfigReply,
  getConfigRequest,
  setConfig,
} from './features.js';
import { flowMod, flowRemoved } from './flow-mod.js';
import { groupMod } from './group-mod.js';
import type { ValueOf } from './kinds.js';
import { meterMod } from './meter.js';
import { multipartReply, multipartRequest } from './multipart.js';
import { packetIn, packetOut } from './packet.js';
import { portMod, portStatus } from './port.js';
import { queueGetConfigReply, queueGetConfigRequest } from './queue.js';
import { getAsyncReply, getAsyncRequest, roleReply, roleRequest, setAsync } from './role.js';
import { tableMod } from './table.js';

/** The messages that contain no other message. */
export const plainMessages = [
  hello,
  error,
  echoRequest,
  echoReply,
  experimenter,
  featuresRequest,
  featuresReply,
  getConfigRequest,
  getConfigReply,
  setConfig,
  packetIn,
  flowRemoved,
  portStatus,
  packetOut,
  flowMod,
  groupMod,
  portMod,
  tableMod,
  multipartRequest,
  multipartReply,
  barrierRequest,
  barrierReply,
  queueGetConfigRequest,
  queueGetConfigReply,
  roleRequest,
  roleReply,
  getAsyncRequest,
  getAsyncReply,
  setAsync,
  meterMod,
] as const;

/** A message that a bundle may contain. */
export type PlainMessage = ValueOf<(typeof plainMessages)[number]>;

export const plainCodec = new Codec(plainMessages);
