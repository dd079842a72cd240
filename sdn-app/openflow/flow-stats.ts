import { structLength } from './fields.js';
import { flowFlags } from './flow-mod.js';
import { instructionList } from './instruction.js';
import { defaulted, pad, u16, u32, u64, u8, type ValueOf } from './kinds.js';
import { matchFields } from './match.js';
import { group, port, table } from './port-number.js';
import { defineStruct } from './struct.js';

/** A flow entry with its counters (section 7.3.5.2). */
export const flowStats = defineStruct('7.3.5.2', {
  _length: structLength,
  tableId: u8,
  _pad: pad(1),
  durationSec: defaulted(u32, 0),
  durationNsec: defaulted(u32, 0),
  priority: u16,
  idleTimeout: defaulted(u16, 0),
  hardTimeout: defaulted(u16, 0),
  flags: flowFlags,
  _pad2: pad(4),
  cookie: defaulted(u64, 0n),
  packetCount: defaulted(u64, 0n),
  byteCount: defaulted(u64, 0n),
  match: matchFields,
  instructions: instructionList,
});
export type FlowStats = ValueOf<typeof flowStats>;

/** Which flow entries are asked about (sections 7.3.5.2 and 7.3.5.3). */
export const flowFilter = {
  tableId: defaulted(u8, table.all),
  _pad: pad(3),
  outPort: defaulted(u32, port.any),
  outGroup: defaulted(u32, group.any),
  _pad2: pad(4),
  cookie: defaulted(u64, 0n),
  cookieMask: defaulted(u64, 0n),
  match: matchFields,
};
