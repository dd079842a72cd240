/**
 * The pipeline as data: which tables there are, what each may match and do, and where it may go.
 * A flow that uses anything undeclared is a defect and throws before it reaches a switch.
 */
import { FerryError } from '../contract/errors.js';
import type { Flow, FlowMatch } from './flow.js';

interface TableDeclaration {
  id: number;
  match: readonly (keyof FlowMatch)[];
  actions: readonly ('output' | 'group')[];
  /** Tables that a flow of this one may go to; to `delivery` with the network as metadata. */
  next: readonly TableName[];
}

export type TableName = 'admission' | 'delivery' | 'transit' | 'network';

export const TABLES: Readonly<Record<TableName, TableDeclaration>> = {
  /** Who may speak: anti-spoofing, fencing, and the way of the markers. */
  admission: {
    id: 0,
    match: ['inPort', 'ethSrc', 'ethType'],
    actions: ['output'],
    next: ['delivery', 'transit', 'network'],
  },
  /** Where it goes, within the network that admission wrote into the metadata. */
  delivery: {
    id: 1,
    match: [
      ...(['metadata', 'ethSrc', 'ethDst', 'ethType', 'arpTpa', 'ipv4Src', 'ipv4Dst'] as const),
      ...(['ipProto', 'tcpSrc', 'tcpDst', 'udpSrc', 'udpDst'] as const),
    ],
    actions: ['output', 'group'],
    next: [],
  },
  /** What came by a trunk goes where its label says. */
  transit: {
    id: 2,
    match: ['label'],
    actions: ['output', 'group'],
    next: [],
  },
  /** Where the tables of `sdn-app/network` begin: ports that the topology does not use. */
  network: { id: 3, match: [], actions: [], next: [] },
};

export const ETH_TYPE = { ipv4: 0x0800, arp: 0x0806, marker: 0x88b5 } as const;

export const IP_PROTO = { tcp: 6, udp: 17 } as const;

/** Returns the flow, or throws INTERNAL when it does what its table does not declare. */
export function checkFlow(flow: Flow): Flow {
  const table = TABLES[flow.table];
  const fail = (what: string): never => {
    throw new FerryError('INTERNAL', `table ${flow.table} does not declare ${what}`, flow.table);
  };
  for (const field of Object.keys(flow.match) as (keyof FlowMatch)[]) {
    if (!table.match.includes(field)) fail(`a match on ${field}`);
  }
  for (const action of flow.actions) {
    if (!table.actions.includes(action.type)) fail(`the action ${action.type}`);
  }
  if (flow.next !== undefined && !table.next.includes(flow.next.table)) {
    fail(`the way to ${flow.next.table}`);
  }
  // OpenFlow 1.3.5 section 7.2.3.8: a field needs its prerequisite in the same match.
  if (flow.match.arpTpa !== undefined && flow.match.ethType !== ETH_TYPE.arp) {
    fail('arpTpa without ethType 0x0806');
  }
  const { ipv4Src, ipv4Dst, ipProto, tcpSrc, tcpDst, udpSrc, udpDst, ethType } = flow.match;
  if ((ipv4Src ?? ipv4Dst ?? ipProto) !== undefined && ethType !== ETH_TYPE.ipv4) {
    fail('an IPv4 field without ethType 0x0800');
  }
  if ((tcpSrc ?? tcpDst) !== undefined && ipProto !== IP_PROTO.tcp) fail('a port without TCP');
  if ((udpSrc ?? udpDst) !== undefined && ipProto !== IP_PROTO.udp) fail('a port without UDP');
  return flow;
}
