/** From data to OpenFlow messages; each gets its xid from the session that sends it. */
import {
  bucket,
  flowMod,
  groupMod,
  match,
  packetOut,
  table,
  type Action,
  type Instruction,
  type PlainMessage,
} from '../openflow/index.js';
import type { Flow, FlowAction, Group } from './flow.js';
import { cookieOf } from './owned.js';
import { TABLES } from './tables.js';

const METADATA_MASK = 0xffff_ffff_ffff_ffffn;
const COOKIE_MASK = 0xffff_ffff_ffff_ffffn;

/** ADD also replaces a flow of the same table, priority and match (OpenFlow 1.3.5 section 6.4). */
export function addFlow(flow: Flow, generation: number): PlainMessage {
  return flowMod({
    command: 'add',
    cookie: cookieOf(generation),
    tableId: TABLES[flow.table].id,
    priority: flow.priority,
    match: match(flow.match),
    instructions: instructions(flow),
  });
}

export function deleteFlow(flow: Flow): PlainMessage {
  return flowMod({
    command: 'deleteStrict',
    tableId: TABLES[flow.table].id,
    priority: flow.priority,
    match: match(flow.match),
  });
}

/** Every flow with this cookie, in every table. */
export function deleteCookie(cookie: bigint): PlainMessage {
  return flowMod({
    command: 'delete',
    cookie,
    cookieMask: COOKIE_MASK,
    tableId: table.all,
  });
}

export function setGroup(command: 'add' | 'modify', { id, type, ports }: Group): PlainMessage {
  const buckets = ports.map((portNo) => bucket.make({ actions: [output(portNo)] }));
  return groupMod({ command, groupType: type, groupId: id, buckets });
}

/** Deletes the flows that point at it too (section 6.5), so it comes after their replacements. */
export function deleteGroup(groupId: number): PlainMessage {
  return groupMod({ command: 'delete', groupType: 'all', groupId, buckets: [] });
}

export function sendFrame(portNo: number, data: Buffer): PlainMessage {
  return packetOut({
    actions: [output(portNo)],
    data,
  });
}

function instructions({ actions, next }: Flow): Instruction[] {
  const list: Instruction[] = [];
  if (actions.length > 0) list.push({ type: 'applyActions', actions: actions.map(toAction) });
  if (next !== undefined) {
    list.push({ type: 'writeMetadata', metadata: next.metadata, mask: METADATA_MASK });
    list.push({ type: 'gotoTable', tableId: TABLES[next.table].id });
  }
  return list;
}

function toAction(action: FlowAction): Action {
  return action.type === 'output'
    ? output(action.port)
    : { type: 'group', groupId: action.groupId };
}

function output(portNo: number): Action {
  return { type: 'output', port: portNo, maxLength: 0 };
}
