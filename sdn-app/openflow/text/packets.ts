// Packets on their way to the controller and back.
import type { PacketIn, PacketOut } from '../packet.js';
import { noBuffer } from '../port-number.js';
import { actionsText } from './actions.js';
import { matchText } from './match.js';
import { hex, snake } from './numbers.js';
import { packetSummary } from './packet-summary.js';
import { portName } from './port-names.js';

const noCookie = 0xffff_ffff_ffff_ffffn;

function contents(data: Uint8Array): string {
  return data.length === 0 ? '' : `${packetSummary(data)}\n`;
}

export function packetInText(message: PacketIn): string {
  const { tableId, cookie, totalLength, bufferId, data } = message;
  const isWhole = bufferId === noBuffer ? totalLength === data.length : totalLength >= data.length;
  const relation = bufferId === noBuffer ? '!=' : '<';
  const line = [
    ...(tableId === 0 ? [] : [`table_id=${tableId}`]),
    ...(cookie === noCookie ? [] : [`cookie=${hex(cookie)}`]),
    `total_len=${totalLength}`,
    matchText(message.match),
    `(via ${snake(message.reason)})`,
    `data_len=${data.length}`,
    bufferId === noBuffer ? '(unbuffered)' : `buffer=${hex(bufferId, 8)}`,
    ...(isWhole ? [] : [`(***total_len ${relation} data_len***)`]),
  ].join(' ');
  return ` ${line}\n${contents(data)}`;
}

export function packetOutText({ inPort, actions, bufferId, data }: PacketOut): string {
  const line = [
    `in_port=${portName(inPort)}`,
    `actions=${actionsText(actions)}`,
    bufferId === noBuffer ? `data_len=${data.length}` : `buffer=${hex(bufferId, 8)}`,
  ].join(' ');
  return ` ${line}\n${contents(data)}`;
}
