// Actions and instructions: `actions=push_vlan:0x8100,output:1,goto_table:3`.
import type { Action } from '../action.js';
import type { Instruction } from '../instruction.js';
import type { OxmField } from '../oxm.js';
import { port } from '../port-number.js';
import { address, decimal, ethernet, type Format, hexadecimal, type Seen } from './masked.js';
import { commonRows } from './match.js';
import { hex, sharpHex, snake } from './numbers.js';
import { textOf, type Texts } from './texts.js';
import { reservedPort } from './port-names.js';

const actionTexts: Texts<'type', Action> = {
  output: ({ port: portNo, maxLength }) => {
    const name = reservedPort(portNo);
    if (name === undefined) return `output:${portNo}`;
    return portNo === port.controller ? `${name}:${maxLength}` : name;
  },
  copyTtlOut: () => 'copy_ttl_out',
  copyTtlIn: () => 'copy_ttl_in',
  setMplsTtl: ({ ttl }) => `set_mpls_ttl(${ttl})`,
  decMplsTtl: () => 'dec_mpls_ttl',
  pushVlan: ({ ethType }) => `push_vlan:${hex(ethType, 4)}`,
  popVlan: () => 'pop_vlan',
  pushMpls: ({ ethType }) => `push_mpls:${hex(ethType, 4)}`,
  popMpls: ({ ethType }) => `pop_mpls:${hex(ethType, 4)}`,
  setQueue: ({ queueId }) => `set_queue:${queueId}`,
  group: ({ groupId }) => `group:${groupId}`,
  setNwTtl: ({ ttl }) => `mod_nw_ttl:${ttl}`,
  decNwTtl: () => 'dec_ttl',
  setField: ({ field }) => `set_field:${setFieldText(field)}`,
  pushPbb: ({ ethType }) => `push_pbb:${hex(ethType, 4)}`,
  popPbb: () => 'pop_pbb',
  experimenter: ({ experimenter, data }) => `experimenter(${hex(experimenter)},${hexBytes(data)})`,
  unknown: ({ code, bytes }) => `action(${code},${hexBytes(bytes)})`,
};

function actionText(action: Action): string {
  return textOf(actionTexts, 'type', action);
}

function hexBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** What set-field calls a field, where that is neither its name in `oxm.ts` nor that in a match. */
const setNames: Readonly<Record<string, string>> = {
  ipEcn: 'nw_ecn',
  ipTtl: 'nw_ttl',
  ipv4Src: 'ip_src',
  ipv4Dst: 'ip_dst',
  ipv6FlowLabel: 'ipv6_label',
  ipv6NdTarget: 'nd_target',
  ipv6NdSll: 'nd_sll',
  ipv6NdTll: 'nd_tll',
  icmpv4Type: 'icmp_type',
  icmpv4Code: 'icmp_code',
};
const inHex = /^(x*reg\d+|ipv6FlowLabel|ethType|pbbIsid)$/;

function setFieldText(field: OxmField): string {
  if (field.field === 'unknown') {
    return `0x${hexBytes(field.bytes)}->oxm(class=${hex(field.class, 4)},code=${field.code})`;
  }
  const name = field.field;
  const [, common, commonFormat] = commonRows.get(name) ?? [];
  const format = commonFormat ?? (inHex.test(name) ? hexadecimal : formatOf(field));
  return `${format(field)}->${common ?? setNames[name] ?? snake(name)}`;
}

function formatOf({ value }: Seen): Format {
  if (typeof value === 'number') return decimal;
  if (typeof value !== 'string') return hexadecimal;
  return value.split(':').length === 6 && value.length === 17 ? ethernet : address;
}

/** `drop` when there is none. */
export function actionsText(actions: readonly Action[]): string {
  return actions.length === 0 ? 'drop' : actions.map(actionText).join(',');
}

const allOnes = 0xffff_ffff_ffff_ffffn;

/** In the order in which a switch executes them (section 5.9). */
const instructionTexts: Texts<'type', Instruction> = {
  meter: ({ meterId }) => `meter:${meterId}`,
  applyActions: ({ actions }) => actions.map(actionText).join(','),
  clearActions: () => 'clear_actions',
  writeActions: ({ actions }) => `write_actions(${actionsText(actions)})`,
  writeMetadata: ({ metadata, mask }) =>
    `write_metadata:${sharpHex(metadata)}${mask === allOnes ? '' : `/${sharpHex(mask)}`}`,
  gotoTable: ({ tableId }) => `goto_table:${tableId}`,
  experimenter: ({ experimenter, data }) =>
    `instruction_experimenter(${hex(experimenter)},${hexBytes(data)})`,
  unknown: ({ code, bytes }) => `instruction(${code},${hexBytes(bytes)})`,
};
const executionOrder = Object.keys(instructionTexts);

/** What a flow entry does: `drop` when it has nothing to do. */
export function instructionsText(instructions: readonly Instruction[]): string {
  const rank = ({ type }: Instruction): number => executionOrder.indexOf(type);
  const texts = [...instructions]
    .sort((left, right) => rank(left) - rank(right))
    .map((instruction) => textOf(instructionTexts, 'type', instruction))
    .filter((text) => text !== '');
  return texts.length === 0 ? 'drop' : texts.join(',');
}
