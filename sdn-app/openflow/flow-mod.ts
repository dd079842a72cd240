import { defineMessage } from './message.js';
import { instructionList } from './instruction.js';
import {
  defaulted,
  enumeration,
  flags,
  openEnumeration,
  pad,
  u16,
  u32,
  u64,
  u8,
  type ValueOf,
} from './kinds.js';
import { matchFields } from './match.js';
import { group, noBuffer, port } from './port-number.js';

/** Flags of flow entries (section 7.3.4.1). */
export const flowFlags = flags(u16, {
  sendFlowRemoved: 0,
  checkOverlap: 1,
  resetCounts: 2,
  noPacketCounts: 3,
  noByteCounts: 4,
});
export type FlowModFlag = ValueOf<typeof flowFlags>[number];

/** OFP_DEFAULT_PRIORITY. */
const defaultPriority = 0x8000;

export const flowMod = defineMessage(
  'flowMod',
  { code: 14, section: '7.3.4.1' },
  {
    cookie: defaulted(u64, 0n),
    /** With delete and modify: which bits of `cookie` must match; 0 for no restriction. */
    cookieMask: defaulted(u64, 0n),
    tableId: defaulted(u8, 0),
    command: defaulted(
      enumeration(u8, { add: 0, modify: 1, modifyStrict: 2, delete: 3, deleteStrict: 4 }),
      'add',
    ),
    /** Seconds without a packet until the entry goes; 0 for never. */
    idleTimeout: defaulted(u16, 0),
    /** Seconds until the entry goes; 0 for never. */
    hardTimeout: defaulted(u16, 0),
    priority: defaulted(u16, defaultPriority),
    bufferId: defaulted(u32, noBuffer),
    /** With delete: only entries that output there. */
    outPort: defaulted(u32, port.any),
    outGroup: defaulted(u32, group.any),
    flags: flowFlags,
    _pad: pad(2),
    match: matchFields,
    instructions: instructionList,
  },
);
export type FlowMod = ValueOf<typeof flowMod>;

export const flowRemoved = defineMessage(
  'flowRemoved',
  { code: 11, section: '7.4.2' },
  {
    cookie: defaulted(u64, 0n),
    priority: defaulted(u16, defaultPriority),
    /** Why; a reason of a later version stays a number. */
    reason: openEnumeration(u8, { idleTimeout: 0, hardTimeout: 1, delete: 2, groupDelete: 3 }),
    tableId: defaulted(u8, 0),
    /** Life of the entry: whole seconds, and nanoseconds beyond them. */
    durationSec: defaulted(u32, 0),
    durationNsec: defaulted(u32, 0),
    idleTimeout: defaulted(u16, 0),
    hardTimeout: defaulted(u16, 0),
    packetCount: defaulted(u64, 0n),
    byteCount: defaulted(u64, 0n),
    match: matchFields,
  },
);
export type FlowRemoved = ValueOf<typeof flowRemoved>;
