/**
 * Match fields of OpenFlow 1.3.5 (section 7.2.3.7) under the names of OXM, which ofctl_rest takes,
 * and under the older ones, which it takes too and prints.
 */
import type { OxmName } from '../../openflow/index.js';
import { oxmFields } from '../../openflow/oxm-registry.js';

export type FieldSort = 'port' | 'whole' | 'vlan' | 'mac' | 'ipv4' | 'ipv6';

export interface FieldName {
  name: OxmName;
  sort: FieldSort;
  /** Of a whole number. */
  bits: number;
  maskable: boolean;
  /** How ofctl_rest prints it. */
  printed: string;
  /** The older name, where it is taken as input too. */
  alias: string | undefined;
}

type Declaration = readonly [OxmName, FieldSort | number, { printed?: string; alias?: string }?];

/** A number says how many bits; `alias` is printed as well. */
const DECLARATIONS: Readonly<Record<string, Declaration>> = {
  in_port: ['inPort', 'port'],
  in_phy_port: ['inPhyPort', 32],
  metadata: ['metadata', 64],
  eth_dst: ['ethDst', 'mac', { alias: 'dl_dst' }],
  eth_src: ['ethSrc', 'mac', { alias: 'dl_src' }],
  eth_type: ['ethType', 16, { alias: 'dl_type' }],
  vlan_vid: ['vlanVid', 'vlan', { alias: 'dl_vlan' }],
  vlan_pcp: ['vlanPcp', 3],
  ip_dscp: ['ipDscp', 6],
  ip_ecn: ['ipEcn', 2],
  ip_proto: ['ipProto', 8, { alias: 'nw_proto' }],
  ipv4_src: ['ipv4Src', 'ipv4', { alias: 'nw_src' }],
  ipv4_dst: ['ipv4Dst', 'ipv4', { alias: 'nw_dst' }],
  tcp_src: ['tcpSrc', 16, { printed: 'tp_src' }],
  tcp_dst: ['tcpDst', 16, { printed: 'tp_dst' }],
  udp_src: ['udpSrc', 16, { printed: 'tp_src' }],
  udp_dst: ['udpDst', 16, { printed: 'tp_dst' }],
  sctp_src: ['sctpSrc', 16],
  sctp_dst: ['sctpDst', 16],
  icmpv4_type: ['icmpv4Type', 8],
  icmpv4_code: ['icmpv4Code', 8],
  arp_op: ['arpOp', 16],
  arp_spa: ['arpSpa', 'ipv4'],
  arp_tpa: ['arpTpa', 'ipv4'],
  arp_sha: ['arpSha', 'mac'],
  arp_tha: ['arpTha', 'mac'],
  ipv6_src: ['ipv6Src', 'ipv6'],
  ipv6_dst: ['ipv6Dst', 'ipv6'],
  ipv6_flabel: ['ipv6FlowLabel', 20],
  icmpv6_type: ['icmpv6Type', 8],
  icmpv6_code: ['icmpv6Code', 8],
  ipv6_nd_target: ['ipv6NdTarget', 'ipv6'],
  ipv6_nd_sll: ['ipv6NdSll', 'mac'],
  ipv6_nd_tll: ['ipv6NdTll', 'mac'],
  mpls_label: ['mplsLabel', 20],
  mpls_tc: ['mplsTc', 3],
  mpls_bos: ['mplsBos', 1],
  pbb_isid: ['pbbIsid', 24],
  tunnel_id: ['tunnelId', 64],
  ipv6_exthdr: ['ipv6ExtensionHeader', 9],
};

/** By OXM name, in the order of the field numbers. */
export const FIELDS: ReadonlyMap<string, FieldName> = new Map(
  Object.entries(DECLARATIONS).map(([key, [name, kind, { printed, alias } = {}]]) => {
    const [sort, bits] =
      typeof kind === 'number' ? (['whole', kind] as const) : [kind, kind === 'vlan' ? 13 : 32];
    const { maskable } = oxmFields[name];
    return [key, { name, sort, bits, maskable, printed: printed ?? alias ?? key, alias }];
  }),
);

/** By the name that the decoder gives: what ofctl_rest calls it in SET_FIELD, and in a match. */
export const BY_DECODED: ReadonlyMap<string, { key: string; field: FieldName }> = new Map(
  [...FIELDS].map(([key, field]) => [field.name, { key, field }]),
);
