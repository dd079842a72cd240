/** Flows and groups as plain data, and what makes two of them the same entry of a switch. */
import { port as portNumber } from '../openflow/index.js';
import type { TableName } from './tables.js';

export interface FlowMatch {
  inPort?: number;
  /** Network id that the admission table wrote. */
  metadata?: bigint;
  ethSrc?: string;
  ethDst?: string;
  ethType?: number;
  arpTpa?: string;
  /** Networks like 10.0.0.0/25. */
  ipv4Src?: string;
  ipv4Dst?: string;
  ipProto?: number;
  tcpSrc?: number;
  tcpDst?: number;
  udpSrc?: number;
  udpDst?: number;
  /** Label of a frame that came by a trunk. */
  label?: number;
}

/** A way out: a port, and what happens to the frame's label before it. */
export interface Output {
  port: number;
  /** Into a trunk: this label is put on. */
  push?: number;
  /** Out of the trunks: the label is taken off. */
  pop?: true;
}

/** The whole frame goes to the controller, which has it alone: OpenFlow 1.3.5 section 7.4.1. */
export const TO_CONTROLLER: Output = { port: portNumber.controller };

export type FlowAction = ({ type: 'output' } & Output) | { type: 'group'; groupId: number };

/** No action and no next table: the frame is dropped. */
export interface Flow {
  table: TableName;
  priority: number;
  match: FlowMatch;
  actions: readonly FlowAction[];
  /** `metadata` is written on the way. */
  next?: { table: TableName; metadata?: bigint };
}

/** `indirect` has one way out; `all` sends a copy to each port but the one a frame came from. */
export interface Group {
  id: number;
  type: 'indirect' | 'all';
  outputs: readonly Output[];
}

/** Everything that Ferry wants on one switch. */
export interface Desired {
  groups: readonly Group[];
  flows: readonly Flow[];
}

/** OpenFlow 1.3.5 section 6.4: table, priority and match identify a flow. */
export function flowKey(flow: Flow): string {
  const match = Object.entries(flow.match)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${field}=${String(value)}`)
    .sort();
  return [flow.table, flow.priority, ...match].join(' ');
}

export function sameEffect(a: Flow, b: Flow): boolean {
  return effect(a) === effect(b);
}

function effect(flow: Flow): string {
  const actions = flow.actions.map((action) =>
    action.type === 'output' ? outputKey(action) : `group ${action.groupId}`,
  );
  const next = flow.next === undefined ? [] : [`${flow.next.table} ${flow.next.metadata ?? ''}`];
  return [...actions, ...next].join(', ');
}

export function sameGroup(a: Group, b: Group): boolean {
  const outputs = (group: Group): string => group.outputs.map(outputKey).join();
  return a.type === b.type && outputs(a) === outputs(b);
}

function outputKey({ port, push, pop }: Output): string {
  return `output ${port} push ${push ?? '-'} pop ${pop ?? '-'}`;
}
