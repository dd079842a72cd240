import { actionList } from './action.js';
import { defaulted, pad, u32, u64, u8, type ValueOf } from './kinds.js';
import { list, restBytes } from './sequence.js';
import { tlvUnion, variant } from './union.js';

const section = '7.2.4';

/** Instructions (section 7.2.4): what a flow entry does to its packets. */
export const instruction = tlvUnion(
  'type',
  { unit: 8, lengthCountsPadding: true },
  {
    gotoTable: variant(1, section, { tableId: u8, _pad: pad(3) }),
    writeMetadata: variant(2, section, {
      _pad: pad(4),
      metadata: u64,
      mask: defaulted(u64, 0xffff_ffff_ffff_ffffn),
    }),
    writeActions: variant(3, section, { _pad: pad(4), actions: actionList }),
    applyActions: variant(4, section, { _pad: pad(4), actions: actionList }),
    clearActions: variant(5, section, { _pad: pad(4) }),
    meter: variant(6, section, { meterId: u32 }),
    experimenter: variant(0xffff, section, { experimenter: u32, data: restBytes }),
  },
);

export type Instruction = ValueOf<typeof instruction>;

export const instructionList = list(instruction);
