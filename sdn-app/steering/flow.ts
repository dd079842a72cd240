/** Flows and groups as plain data, and what makes two of them the same entry of a switch. */
import type { TableName } from './tables.js';

export interface FlowMatch {
  inPort?: number;
  /** Network id that the admission table wrote. */
  metadata?: bigint;
  ethSrc?: string;
  ethDst?: string;
  ethType?: number;
  arpTpa?: string;
}

export type FlowAction = { type: 'output'; port: number } | { type: 'group'; groupId: number };

/** No action and no next table: the frame is dropped. */
export interface Flow {
  table: TableName;
  priority: number;
  match: FlowMatch;
  actions: readonly FlowAction[];
  next?: { table: TableName; metadata: bigint };
}

/** `indirect` has one port; `all` sends a copy to each port but the one a frame came from. */
export interface Group {
  id: number;
  type: 'indirect' | 'all';
  ports: readonly number[];
}

/** Everything that Ferry wants on one switch. */
export interface Desired {
  groups: readonly Group[];
  flows: readonly Flow[];
}

/** OpenFlow 1.3.5 section 6.4: table, priority and match identify a flow. */
export function flowKey(flow: Flow): string {
  const { inPort, metadata, ethSrc, ethDst, ethType, arpTpa } = flow.match;
  const match = [inPort, metadata, ethSrc, ethDst, ethType, arpTpa].map((value) => value ?? '*');
  return [flow.table, flow.priority, ...match].join(' ');
}

export function sameEffect(a: Flow, b: Flow): boolean {
  return effect(a) === effect(b);
}

function effect(flow: Flow): string {
  const actions = flow.actions.map((action) =>
    action.type === 'output' ? `output ${action.port}` : `group ${action.groupId}`,
  );
  const next = flow.next === undefined ? [] : [`${flow.next.table} ${flow.next.metadata}`];
  return [...actions, ...next].join(', ');
}

export function sameGroup(a: Group, b: Group): boolean {
  return a.type === b.type && a.ports.join() === b.ports.join();
}
