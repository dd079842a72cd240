/**
 * The `actions` of a flow entry: actions, which are applied at once, among instructions (OpenFlow
 * 1.3.5 section 7.2.4). Of OpenFlow 1.4 scripts the `instructions` are taken too.
 */
import { z } from 'zod';
import { instruction, type Action, type Instruction } from '../../openflow/index.js';
import { ACTION_BODIES, actionBody, showAction } from './action.js';
import { nameOf, orElse, RESERVED, whole, whole64 } from './scalar.js';

const { make } = instruction;
const { table, meter } = RESERVED;

const ALL_BITS = 0xffff_ffff_ffff_ffffn;
const MAX_ACTIONS = 1024;
const INSTRUCTION_TYPES = ['gotoTable', 'writeMetadata', 'meter', 'writeActions', 'clearActions'];
const actions = z.array(actionBody).max(MAX_ACTIONS);

const INSTRUCTION_BODIES = [
  z
    .strictObject({ type: z.literal('GOTO_TABLE'), table_id: whole(8, table) })
    .transform((body) => make.gotoTable({ tableId: body.table_id })),
  z
    .strictObject({
      type: z.literal('WRITE_METADATA'),
      metadata: whole64,
      metadata_mask: orElse(whole64, ALL_BITS),
    })
    .transform((body) => make.writeMetadata({ metadata: body.metadata, mask: body.metadata_mask })),
  z
    .strictObject({ type: z.literal('METER'), meter_id: whole(32, meter) })
    .transform((body) => make.meter({ meterId: body.meter_id })),
  z
    .strictObject({ type: z.literal('WRITE_ACTIONS'), actions })
    .transform((body) => make.writeActions({ actions: body.actions })),
  z.strictObject({ type: z.literal('CLEAR_ACTIONS') }).transform(() => make.clearActions()),
] as const;

const applyActions = z
  .strictObject({ type: z.literal('APPLY_ACTIONS'), actions })
  .transform((body) => make.applyActions({ actions: body.actions }));

/** The `actions` of a flow entry: those to apply stand beside the other instructions. */
export const actionsBody: z.ZodType<Instruction[]> = z
  .array(z.discriminatedUnion('type', [...ACTION_BODIES, ...INSTRUCTION_BODIES]))
  .max(MAX_ACTIONS)
  .transform((steps) => {
    const applied: Action[] = [];
    const list: Instruction[] = [];
    for (const step of steps) {
      if (isInstruction(step)) list.push(step);
      else applied.push(step);
    }
    if (applied.length > 0) list.push(make.applyActions({ actions: applied }));
    return list.filter((each) => each.type !== 'writeActions' || each.actions.length > 0);
  });

/** The `instructions` of OpenFlow 1.4 and later. */
export const instructionsBody: z.ZodType<Instruction[]> = z
  .array(z.discriminatedUnion('type', [applyActions, ...INSTRUCTION_BODIES]))
  .max(MAX_ACTIONS);

export function showInstructions(list: readonly Instruction[]): unknown[] {
  return list.flatMap((each): unknown[] => {
    switch (each.type) {
      case 'applyActions':
        return each.actions.map(showAction);
      case 'writeActions':
        return each.actions.length === 0 ? [] : [{ WRITE_ACTIONS: each.actions.map(showAction) }];
      case 'clearActions':
        return ['CLEAR_ACTIONS'];
      case 'gotoTable':
        return [`GOTO_TABLE:${nameOf(table, each.tableId)}`];
      case 'writeMetadata': {
        const mask = each.mask === 0n ? '' : `/0x${each.mask.toString(16)}`;
        return [`WRITE_METADATA:0x${each.metadata.toString(16)}${mask}`];
      }
      case 'meter':
        return [`METER:${nameOf(meter, each.meterId)}`];
      default:
        return ['UNKNOWN'];
    }
  });
}

function isInstruction(step: Action | Instruction): step is Exclude<Instruction, Action> {
  return INSTRUCTION_TYPES.includes(step.type);
}
