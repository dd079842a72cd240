import { defineMessage } from './message.js';
import { defaulted, pad, u32, u64, u8, type ValueOf } from './kinds.js';
import { defineStruct } from './struct.js';

/** Changes a flow table; in OpenFlow 1.3 it has nothing to say, `config` being deprecated. */
export const tableMod = defineMessage(
  'tableMod',
  { code: 17, section: '7.3.3' },
  { tableId: u8, _pad: pad(3), config: defaulted(u32, 0) },
);
export type TableMod = ValueOf<typeof tableMod>;

/** The counters of a flow table (section 7.3.5.4). */
export const tableStats = defineStruct('7.3.5.4', {
  tableId: u8,
  _pad: pad(3),
  activeCount: u32,
  /** Packets that were looked up, and those that hit an entry. */
  lookupCount: u64,
  matchedCount: u64,
});
export type TableStats = ValueOf<typeof tableStats>;
