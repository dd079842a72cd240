// Flow entries: as they are added, listed, and removed.
import type { FlowMod, FlowRemoved } from '../flow-mod.js';
import type { FlowStats } from '../flow-stats.js';
import { noBuffer, port, table } from '../port-number.js';
import { instructionsText } from './actions.js';
import { matchText } from './match.js';
import { counter, duration, hex, snake } from './numbers.js';
import { portName } from './port-names.js';

const defaultPriority = 0x8000;
const noCookie = 0xffff_ffff_ffff_ffffn;

const commandNames = {
  add: 'ADD',
  modify: 'MOD',
  modifyStrict: 'MOD_STRICT',
  delete: 'DEL',
  deleteStrict: 'DEL_STRICT',
} as const;

/** A match after its priority, if that is not the default one. */
function entryText(priority: number, match: FlowMod['match']): string {
  const texts = [priority === defaultPriority ? '' : `priority=${priority}`, matchText(match)];
  return texts.filter((text) => text !== '').join(',');
}

const flagNames: Readonly<Record<string, string>> = {
  sendFlowRemoved: 'send_flow_rem',
  noPacketCounts: 'no_packet_counts',
  noByteCounts: 'no_byte_counts',
};

function flagTexts(flags: readonly string[]): string[] {
  return flags.map((flag) => flagNames[flag] ?? snake(flag));
}

export function flowModText(message: FlowMod): string {
  const { command, tableId, cookie, cookieMask, idleTimeout, hardTimeout, bufferId } = message;
  const { outPort, outGroup } = message;
  // An entry that is added gets the cookie; the other commands look for it.
  const isAdded = command === 'add';
  return [
    commandNames[command],
    ...(tableId === 0 ? [] : [`table:${tableId}`]),
    ...nonEmpty(entryText(message.priority, message.match)),
    ...(!isAdded || cookie === 0n || cookie === noCookie ? [] : [`cookie:${hex(cookie)}`]),
    ...(isAdded || cookieMask === 0n ? [] : [`cookie:${hex(cookie)}/${hex(cookieMask)}`]),
    ...(idleTimeout === 0 ? [] : [`idle:${idleTimeout}`]),
    ...(hardTimeout === 0 ? [] : [`hard:${hardTimeout}`]),
    ...(bufferId === noBuffer ? [] : [`buf:${hex(bufferId)}`]),
    ...(outPort === port.any ? [] : [`out_port:${portName(outPort)}`]),
    ...(outGroup === port.any ? [] : [`out_group:${outGroup}`]),
    ...flagTexts(message.flags),
    `actions=${instructionsText(message.instructions)}`,
  ].join(' ');
}

export function flowStatsText(flow: FlowStats): string {
  const { idleTimeout, hardTimeout } = flow;
  const items = [
    `cookie=${hex(flow.cookie)}`,
    `duration=${duration(flow.durationSec, flow.durationNsec)}`,
    `table=${flow.tableId}`,
    `n_packets=${counter(flow.packetCount)}`,
    `n_bytes=${counter(flow.byteCount)}`,
    ...(idleTimeout === 0 ? [] : [`idle_timeout=${idleTimeout}`]),
    ...(hardTimeout === 0 ? [] : [`hard_timeout=${hardTimeout}`]),
  ].join(', ');
  const rest = [
    ...flagTexts(flow.flags),
    ...nonEmpty(entryText(flow.priority, flow.match)),
    `actions=${instructionsText(flow.instructions)}`,
  ];
  return `${items}, ${rest.join(' ')}`;
}

const removalReasons: Readonly<Record<string, string>> = {
  idleTimeout: 'idle',
  hardTimeout: 'hard',
  groupDelete: 'group_delete',
};

export function removalReason(reason: string | number): string {
  return removalReasons[reason] ?? String(reason);
}

export function flowRemovedText(message: FlowRemoved): string {
  const { cookie, hardTimeout } = message;
  return [
    ...nonEmpty(entryText(message.priority, message.match)),
    `reason=${removalReason(message.reason)}`,
    ...(message.tableId === table.all ? [] : [`table_id=${message.tableId}`]),
    ...(cookie === 0n ? [] : [`cookie:${hex(cookie)}`]),
    `duration${duration(message.durationSec, message.durationNsec)}`,
    `idle${message.idleTimeout}`,
    ...(hardTimeout === 0 ? [] : [`hard${hardTimeout}`]),
    `pkts${message.packetCount}`,
    `bytes${message.byteCount}`,
  ].join(' ');
}

function nonEmpty(text: string): string[] {
  return text === '' ? [] : [text];
}
