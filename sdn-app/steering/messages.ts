/** From data to OpenFlow messages; each gets its xid from the session that sends it. */
import {
  bucket,
  flowMod,
  groupMod,
  match,
  maxLength,
  packetOut,
  type Action,
  type FlowMod,
  type GroupMod,
  type Instruction,
  type OxmField,
  type PlainMessage,
} from '../openflow/index.js';
import { canonicalNetwork, maskOf } from '../contract/ipv4-network.js';
import { TO_CONTROLLER, type Flow, type FlowAction, type Group, type Output } from './flow.js';
import { cookieOf, type OwnedFlow } from './owned.js';
import { TABLES } from './tables.js';

/** OFPVID_PRESENT (OpenFlow 1.3.5 section 7.2.3.7): part of every VLAN id of a tagged frame. */
export const VLAN_PRESENT = 0x1000;
const VLAN = 0x8100;
const METADATA_MASK = 0xffff_ffff_ffff_ffffn;
const COOKIE_MASK = 0xffff_ffff_ffff_ffffn;

/** ADD also replaces a flow of the same table, priority and match (OpenFlow 1.3.5 section 6.4). */
export function addFlow(flow: Flow, generation: number): FlowMod {
  return flowMod({
    command: 'add',
    cookie: cookieOf(generation),
    tableId: TABLES[flow.table].id,
    priority: flow.priority,
    match: matchOf(flow),
    instructions: instructions(flow),
  });
}

export function deleteFlow(flow: Flow): PlainMessage {
  return flowMod({
    command: 'deleteStrict',
    tableId: TABLES[flow.table].id,
    priority: flow.priority,
    match: matchOf(flow),
  });
}

/** The flow that a switch has described, unless another has taken its place since. */
export function deleteOwned({ tableId, priority, cookie, match }: OwnedFlow): PlainMessage {
  return flowMod({
    command: 'deleteStrict',
    cookie,
    cookieMask: COOKIE_MASK,
    tableId,
    priority,
    match,
  });
}

export function setGroup(command: 'add' | 'modify', { id, type, outputs }: Group): GroupMod {
  const buckets = outputs.map((output) => bucket.make({ actions: actionsOf(output) }));
  return groupMod({ command, groupType: type, groupId: id, buckets });
}

/** Deletes the flows that point at it too (section 6.5), so it comes after their replacements. */
export function deleteGroup(groupId: number): PlainMessage {
  return groupMod({ command: 'delete', groupType: 'all', groupId, buckets: [] });
}

export function sendFrame(output: Output, data: Buffer): PlainMessage {
  return packetOut({ actions: actionsOf(output), data });
}

function matchOf({ match: { label, ipv4Src, ipv4Dst, ...fields } }: Flow): OxmField[] {
  return match({
    ...fields,
    ...(label === undefined ? {} : { vlanVid: VLAN_PRESENT | label }),
    ...(ipv4Src === undefined ? {} : { ipv4Src: networkMatch(ipv4Src) }),
    ...(ipv4Dst === undefined ? {} : { ipv4Dst: networkMatch(ipv4Dst) }),
  });
}

/** A host without a mask: that is how a switch describes it. */
function networkMatch(text: string): string | { value: string; mask: string } {
  const [value = '', length = '32'] = canonicalNetwork(text).split('/');
  return length === '32' ? value : { value, mask: maskOf(Number(length)) };
}

function instructions({ actions, next }: Flow): Instruction[] {
  const list: Instruction[] = [];
  if (actions.length > 0) list.push({ type: 'applyActions', actions: actions.flatMap(toActions) });
  if (next !== undefined) {
    const { metadata } = next;
    if (metadata !== undefined) {
      list.push({ type: 'writeMetadata', metadata, mask: METADATA_MASK });
    }
    list.push({ type: 'gotoTable', tableId: TABLES[next.table].id });
  }
  return list;
}

function toActions(action: FlowAction): Action[] {
  return action.type === 'output'
    ? actionsOf(action)
    : [{ type: 'group', groupId: action.groupId }];
}

function actionsOf({ port, push, pop }: Output): Action[] {
  const length = port === TO_CONTROLLER.port ? maxLength.noBuffer : 0;
  const output: Action = { type: 'output', port, maxLength: length };
  if (pop === true) return [{ type: 'popVlan' }, output];
  if (push === undefined) return [output];
  const label: Action = {
    type: 'setField',
    field: { field: 'vlanVid', value: VLAN_PRESENT | push },
  };
  return [{ type: 'pushVlan', ethType: VLAN }, label, output];
}
