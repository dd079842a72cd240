// Multipart requests and replies (section 7.3.5): `OFPST_FLOW reply (OF1.3) (xid=0x14):`.
import type { MultipartReply, MultipartRequest } from '../multipart.js';
import type { Port } from '../port.js';
import { port, table } from '../port-number.js';
import { flowStatsText } from './flows.js';
import { groupFeaturesText, groupStatsText, groupText } from './groups.js';
import { matchText } from './match.js';
import { meterConfigText, meterFeaturesText, meterName, meterStatsText } from './meters.js';
import { hex, snake } from './numbers.js';
import { textOf, type Texts } from './texts.js';
import { groupName, portName } from './port-names.js';
import { printable } from './printable.js';
import { portStatsText, portText } from './ports.js';
import { queueName, queueStatsText } from './queues.js';
import { tableFeaturesText, tableStatsText } from './table-features.js';

const requestTexts: Texts<'kind', MultipartRequest['body']> = {
  flow: filterText,
  aggregate: filterText,
  portStats: ({ portNo }) => ` port_no=${portName(portNo)}`,
  queueStats: ({ portNo, queueId }) => ` port=${portName(portNo)} queue=${queueName(queueId)}`,
  groupStats: ({ groupId }) => ` group_id=${groupName(groupId)}`,
  groupDesc: () => ' group_id=ALL',
  meterStats: ({ meterId }) => ` ${meterName(meterId)}`,
  meterConfig: ({ meterId }) => ` ${meterName(meterId)}`,
  tableFeatures: ({ tables }) => tableFeaturesText(tables),
  portDesc: () => ' port=ANY',
};

const replyTexts: Texts<'kind', MultipartReply['body']> = {
  desc: (body) =>
    [
      '',
      `Manufacturer: ${printable(body.manufacturer)}`,
      `Hardware: ${printable(body.hardware)}`,
      `Software: ${printable(body.software)}`,
      `Serial Num: ${printable(body.serialNumber)}`,
      `DP Description: ${printable(body.datapath)}\n`,
    ].join('\n'),
  flow: ({ flows }) => flows.map((flow) => `\n ${flowStatsText(flow)}`).join(''),
  aggregate: ({ packetCount, byteCount, flowCount }) =>
    ` packet_count=${packetCount} byte_count=${byteCount} flow_count=${flowCount}`,
  tableStats: ({ tables }) => tableStatsText(tables),
  portStats: ({ ports }) => portStatsText(ports),
  queueStats: ({ queues }) => queueStatsText(queues),
  groupStats: ({ groups }) => groupStatsText(groups),
  groupDesc: ({ groups }) => groups.map((each) => `\n ${groupText(each)}`).join(''),
  groupFeatures: groupFeaturesText,
  meterStats: ({ meters }) => meters.map((each) => `\n${meterStatsText(each)}`).join(''),
  meterConfig: ({ meters }) => meters.map((each) => `\n${meterConfigText(each)}`).join(''),
  meterFeatures: meterFeaturesText,
  tableFeatures: ({ tables }) => tableFeaturesText(tables),
  portDesc: ({ ports }) => `\n${inOrder(ports).map(portText).join('')}`,
};

type FlowFilter = Omit<Extract<MultipartRequest['body'], { kind: 'flow' }>, 'kind'>;

function filterText({ tableId, outPort, match }: FlowFilter): string {
  return [
    tableId === table.all ? '' : ` table=${tableId}`,
    outPort === port.any ? '' : ` out_port=${portName(outPort)}`,
    match.length === 0 ? '' : ` ${matchText(match)}`,
  ].join('');
}

/** By number, as Open vSwitch lists them. */
function inOrder(ports: readonly Port[]): Port[] {
  return [...ports].sort((left, right) => left.portNo - right.portNo);
}

/** The counters of something have its name alone. */
function kindName(kind: string): string {
  return snake(kind.replace(/Stats$/, ''));
}

export function multipartName({ type, body }: MultipartRequest | MultipartReply): string {
  const kind = body.kind === 'unknown' ? hex(body.code, 4) : kindName(body.kind);
  return `OFPST_${kind.toUpperCase()} ${type === 'multipartRequest' ? 'request' : 'reply'}`;
}

export function multipartText(message: MultipartRequest | MultipartReply): string {
  const body =
    message.type === 'multipartRequest'
      ? textOf(requestTexts, 'kind', message.body)
      : textOf(replyTexts, 'kind', message.body);
  const { flags } = message;
  return `${flags.length === 0 ? '' : ` flags=[${flags.join(',')}]`}${body}`;
}
