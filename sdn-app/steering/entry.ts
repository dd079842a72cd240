/**
 * Entries of a switch compared, whoever wrote them down: its own description or our flow-mod. Both
 * become the bytes of one message, so that no field can be forgotten.
 */
import {
  encode,
  flowMod,
  groupMod,
  type GroupDescription,
  type OxmField,
} from '../openflow/index.js';
import type { OwnedFlow } from './owned.js';

export interface FlowEntry {
  /** OpenFlow 1.3.5 section 6.4: table, priority and match identify a flow. */
  key: string;
  /** Everything that it does, the cookie aside. */
  content: string;
}

export function entryOf(flow: OwnedFlow): FlowEntry {
  const { tableId, priority, idleTimeout, hardTimeout, flags, instructions } = flow;
  const match = flow.match.toSorted(byField);
  const identity = { tableId, priority, match };
  return {
    key: bytes(encode(flowMod(identity))),
    content: bytes(encode(flowMod({ ...identity, idleTimeout, hardTimeout, flags, instructions }))),
  };
}

export function groupContent({ groupType, groupId, buckets }: GroupDescription): string {
  return bytes(encode(groupMod({ command: 'add', groupType, groupId, buckets })));
}

/** A switch lists the fields of a match in an order of its own. */
function byField(a: OxmField, b: OxmField): number {
  return a.field < b.field ? -1 : Number(a.field > b.field);
}

function bytes(frame: Buffer): string {
  return frame.toString('latin1');
}
