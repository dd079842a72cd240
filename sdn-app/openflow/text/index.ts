// Messages as text for people, in the manner of `ovs-ofctl ofp-print`.
import { decode, type Message, WireError } from '../index.js';
import { openflow13 } from '../message.js';
import { errorName } from './error-names.js';
import { flowModText, flowRemovedText } from './flows.js';
import { groupModText } from './groups.js';
import { hexDump } from './hex-dump.js';
import { meterModText } from './meters.js';
import { multipartName, multipartText } from './multipart.js';
import { bitNames, hex, snake } from './numbers.js';
import { packetInText, packetOutText } from './packets.js';
import { portName } from './port-names.js';
import { portModText, portStatusText } from './ports.js';
import { printable } from './printable.js';
import { queueConfigText } from './queues.js';
import { tableModText } from './table-features.js';
import * as session from './session.js';
import { textOf, type Texts } from './texts.js';

const bodies: Texts<'type', Message> = {
  hello: session.helloText,
  error: ({ error, data }) => ` ${errorName(error)}\n${failedText(error.type, data)}`,
  echoRequest: ({ data }) => echoText(data),
  echoReply: ({ data }) => echoText(data),
  experimenter: ({ experimenter, experimenterType, data }) =>
    ` experimenter=${hex(experimenter, 8)} type=${experimenterType}\n${hexDump(data)}`,
  featuresReply: session.featuresText,
  getConfigReply: session.configText,
  setConfig: session.configText,
  packetIn: packetInText,
  packetOut: packetOutText,
  flowMod: (message) => ` ${flowModText(message)}`,
  flowRemoved: (message) => ` ${flowRemovedText(message)}`,
  groupMod: groupModText,
  portStatus: portStatusText,
  portMod: portModText,
  tableMod: tableModText,
  meterMod: (message) => ` ${meterModText(message)}`,
  queueGetConfigRequest: ({ portNo }) => ` port=${portName(portNo)}`,
  queueGetConfigReply: queueConfigText,
  multipartRequest: multipartText,
  multipartReply: multipartText,
  roleRequest: session.roleText,
  roleReply: session.roleText,
  setAsync: session.asyncText,
  getAsyncReply: session.asyncText,
  bundleControl: session.bundleControlText,
  bundleAdd: ({ bundleId, flags, message }) =>
    `\n bundle_id=${hex(bundleId)} flags=${bitNames(flags, {})}\n${messageToText(message)}`,
};

/** One message as one or more lines, each with its line break. */
export function messageToText(message: Message): string {
  const text = `${nameOf(message)}${versionText(message)} (xid=${hex(message.xid)}):`;
  const body = textOf(bodies, 'type', message);
  return `${`${text}${body}`.replace(/[ \n]+$/, '')}\n`;
}

function nameOf(message: Message): string {
  if (message.type === 'multipartRequest' || message.type === 'multipartReply') {
    return multipartName(message);
  }
  if (message.type === 'bundleControl') return 'ONFT_BUNDLE_CONTROL';
  if (message.type === 'bundleAdd') return 'ONFT_BUNDLE_ADD_MESSAGE';
  return `OFPT_${snake(message.type).toUpperCase()}`;
}

const versionNames = ['', '', ' (OF1.1)', ' (OF1.2)', ' (OF1.3)', ' (OF1.4)', ' (OF1.5)'];

function versionText(message: Message): string {
  const version = 'version' in message ? message.version : openflow13;
  return versionNames[version] ?? ` (OF ${hex(version, 2)})`;
}

function echoText(data: Uint8Array): string {
  return ` ${data.length} bytes of payload\n${hexDump(data)}`;
}

/** The request that failed, or what the switch sent of it; of a hello, a text. */
function failedText(type: string, data: Buffer): string {
  if (type === 'helloFailed') return printable(data.toString('latin1'));
  try {
    return messageToText(decode(data));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return hexDump(data);
  }
}
