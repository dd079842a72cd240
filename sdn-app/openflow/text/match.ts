// A match, or what a packet holds, on one line: `udp,in_port=1,nw_dst=10.0.0.0/16,tp_dst=53`.
import type { OxmField } from '../oxm.js';
import {
  address,
  decimal,
  ethernet,
  type Format,
  hexadecimal,
  isWildcard,
  padded,
  portNumber,
  type Seen,
} from './masked.js';
import { hex, snake } from './numbers.js';

/** What is known of each field, by its name in `oxm.ts` or one of `packetFields`. */
export type FlowKeys = ReadonlyMap<string, Seen>;

const ipv4Type = 0x0800;
const ipv6Type = 0x86dd;
const typeNames = new Map<unknown, string>([
  [ipv4Type, 'ip'],
  [ipv6Type, 'ipv6'],
  [0x0806, 'arp'],
  [0x8035, 'rarp'],
  [0x8847, 'mpls'],
  [0x8848, 'mplsm'],
]);
const ipv4Protocols = new Map<unknown, string>([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
]);
const ipv6Protocols = new Map<unknown, string>([
  [58, 'icmp6'],
  [6, 'tcp6'],
  [17, 'udp6'],
  [132, 'sctp6'],
]);

const tcpFlagNames = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns'];
const ctStates = ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat'];

/** A tag of a packet; 0 for none. */
function tagText(tag: Seen | undefined, suffix: string): string[] {
  if (tag === undefined) return [];
  const tci = Number(tag.value);
  if (tci === 0) return [`vlan_tci${suffix}=0x0000`];
  return [`dl_vlan${suffix}=${tci & vidBits}`, `dl_vlan_pcp${suffix}=${tci >>> 13}`];
}

/** Set flags with `+` and clear ones with `-` where a mask tells which matter. */
function flagsFormat(names: readonly string[], all: number): Format {
  const name = (bit: number): string => names[bit] ?? `[${(1 << bit).toString(16)}]`;
  const bitsOf = (bitmap: number): number[] =>
    Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (bitmap >>> bit) % 2 === 1);
  return ({ value, mask }) => {
    const set = Number(value);
    if (mask === undefined || Number(mask) === all) {
      return set === 0 ? '0' : bitsOf(set).map(name).join('|');
    }
    return bitsOf(Number(mask))
      .map((bit) => `${(set >>> bit) % 2 === 1 ? '+' : '-'}${name(bit)}`)
      .join('');
  };
}

/** Bit 0: a fragment; bit 1: not the first one. */
const fragment: Format = ({ value, mask }) => {
  const [isAny, isLater] = [(Number(value) & 1) !== 0, (Number(value) & 2) !== 0];
  if (mask === 1) return isAny ? 'yes' : 'no';
  if (mask === 2) return isLater ? 'later' : 'not_later';
  return isLater ? 'later' : isAny ? 'first' : 'no';
};

type Row = readonly [field: string, name: string, format: Format];

const beforeProtocol: readonly Row[] = [
  ['packetMark', 'pkt_mark', hexadecimal],
  ['conjunctionId', 'conj_id', decimal],
  ['actsetOutput', 'actset_output', portNumber],
  ['ctState', 'ct_state', flagsFormat(ctStates, 0xff)],
  ['ctZone', 'ct_zone', decimal],
  ['ctMark', 'ct_mark', hexadecimal],
  ['ctLabel', 'ct_label', hexadecimal],
  ['ctIpv4Src', 'ct_nw_src', address],
  ['ctIpv6Src', 'ct_ipv6_src', address],
  ['ctIpv4Dst', 'ct_nw_dst', address],
  ['ctIpv6Dst', 'ct_ipv6_dst', address],
  ['ctIpProto', 'ct_nw_proto', decimal],
  ['ctTransportSrc', 'ct_tp_src', decimal],
  ['ctTransportDst', 'ct_tp_dst', decimal],
];

const beforeVlan: readonly Row[] = [
  ['tunnelId', 'tun_id', hexadecimal],
  ['tunnelIpv4Src', 'tun_src', address],
  ['tunnelIpv4Dst', 'tun_dst', address],
  ['tunnelIpv6Src', 'tun_ipv6_src', address],
  ['tunnelIpv6Dst', 'tun_ipv6_dst', address],
  ['tunnelGbpId', 'tun_gbp_id', decimal],
  ['tunnelGbpFlags', 'tun_gbp_flags', hexadecimal],
  ['tunnelErspanVersion', 'tun_erspan_ver', decimal],
  ['tunnelErspanIndex', 'tun_erspan_idx', hexadecimal],
  ['tunnelErspanDirection', 'tun_erspan_dir', decimal],
  ['tunnelErspanHardwareId', 'tun_erspan_hwid', hexadecimal],
  ['tunnelFlags', 'tun_flags', decimal],
  ['metadata', 'metadata', hexadecimal],
  ['inPort', 'in_port', portNumber],
  ['inPhyPort', 'in_phy_port', portNumber],
];

const shifted: Format = ({ value }) => String(Number(value) * 4);

const afterVlan: readonly Row[] = [
  ['ethSrc', 'dl_src', ethernet],
  ['ethDst', 'dl_dst', ethernet],
  ['ethType', 'dl_type', padded(4)],
  ['ipv6Src', 'ipv6_src', address],
  ['ipv6Dst', 'ipv6_dst', address],
  ['ipv6FlowLabel', 'ipv6_label', padded(5)],
  ['arpSpa', 'arp_spa', address],
  ['arpTpa', 'arp_tpa', address],
  ['ipv4Src', 'nw_src', address],
  ['ipv4Dst', 'nw_dst', address],
  ['ipProto', 'nw_proto', decimal],
  ['arpOp', 'arp_op', decimal],
  ['arpSha', 'arp_sha', ethernet],
  ['arpTha', 'arp_tha', ethernet],
  ['ipDscp', 'nw_tos', shifted],
  ['ipEcn', 'nw_ecn', decimal],
  ['ipTtl', 'nw_ttl', decimal],
  ['mplsLabel', 'mpls_label', decimal],
  ['mplsTc', 'mpls_tc', decimal],
  ['mplsTtl', 'mpls_ttl', decimal],
  ['mplsBos', 'mpls_bos', decimal],
  ['ipFragment', 'nw_frag', fragment],
  ['icmpv4Type', 'icmp_type', decimal],
  ['icmpv4Code', 'icmp_code', decimal],
  ['icmpv6Type', 'icmp_type', decimal],
  ['icmpv6Code', 'icmp_code', decimal],
  ['ipv6NdTarget', 'nd_target', address],
  ['ipv6NdSll', 'nd_sll', ethernet],
  ['ipv6NdTll', 'nd_tll', ethernet],
  ...['tcp', 'udp', 'sctp'].flatMap((protocol): Row[] => [
    [`${protocol}Src`, 'tp_src', decimal],
    [`${protocol}Dst`, 'tp_dst', decimal],
  ]),
  ['tcpFlags', 'tcp_flags', flagsFormat(tcpFlagNames, 0xfff)],
];

const vlanFields = ['vlanVid', 'vlanPcp', 'vlanTci', 'innerVlanTci'];
const placed = new Set(
  [...beforeProtocol, ...beforeVlan, ...afterVlan].map(([field]) => field).concat(vlanFields),
);

/** Fields that matches and set-field actions write alike. */
export const commonRows: ReadonlyMap<string, Row> = new Map(
  [...beforeProtocol, ...beforeVlan].map((row) => [row[0], row]),
);

/** Empty for a match that takes every packet. */
export function matchText(fields: readonly OxmField[]): string {
  const keys = new Map<string, Seen>();
  const unnamed: string[] = [];
  for (const field of fields) {
    if (field.field === 'unknown') unnamed.push(unnamedText(field));
    else keys.set(field.field, field);
  }
  return flowText(keys, unnamed);
}

export function flowText(keys: FlowKeys, unnamed: readonly string[] = []): string {
  const seen = new Map([...keys].filter(([, field]) => !isWildcard(field)));
  const [protocol, told] = protocolOf(seen);
  for (const field of told) seen.delete(field);
  const others = [...seen].filter(([field]) => !placed.has(field));
  return [
    ...rowTexts(beforeProtocol, seen),
    ...(protocol === undefined ? [] : [protocol]),
    ...unnamed,
    ...others.map(([field, value]) => `${snake(field)}=${hexadecimal(value)}`),
    ...rowTexts(beforeVlan, seen),
    ...vlanText(seen),
    ...rowTexts(afterVlan, seen),
  ].join(',');
}

/** The protocol, and the fields that its name tells already. */
function protocolOf(seen: FlowKeys): [name: string | undefined, told: string[]] {
  const type = seen.get('ethType')?.value;
  const byProtocol =
    type === ipv4Type ? ipv4Protocols : type === ipv6Type ? ipv6Protocols : undefined;
  const protocol = byProtocol?.get(seen.get('ipProto')?.value);
  if (protocol !== undefined) return [protocol, ['ethType', 'ipProto']];
  const name = typeNames.get(type);
  return [name, name === undefined ? [] : ['ethType']];
}

function rowTexts(rows: readonly Row[], seen: FlowKeys): string[] {
  return rows.flatMap(([field, name, format]) => {
    const found = seen.get(field);
    return found === undefined ? [] : [`${name}=${format(found)}`];
  });
}

const present = 0x1000;
const vidBits = 0x0fff;

function vlanText(seen: FlowKeys): string[] {
  const whole = seen.get('vlanTci');
  if (whole !== undefined)
    return [...tagText(whole, ''), ...tagText(seen.get('innerVlanTci'), '1')];
  const [vid, pcp] = [seen.get('vlanVid'), seen.get('vlanPcp')];
  if (vid === undefined) return pcp === undefined ? [] : [`dl_vlan_pcp=${decimal(pcp)}`];
  const value = Number(vid.value);
  const mask = Number(vid.mask ?? present | vidBits);
  const maskedVid = mask & vidBits;
  const isPlain = (value & mask & present) !== 0 && (maskedVid === 0 || maskedVid === vidBits);
  if (isPlain && (maskedVid !== 0 || pcp !== undefined)) {
    return [
      ...(maskedVid === 0 ? [] : [`dl_vlan=${value & vidBits}`]),
      ...(pcp === undefined ? [] : [`dl_vlan_pcp=${decimal(pcp)}`]),
    ];
  }
  const pcpBits = pcp === undefined ? 0 : Number(pcp.value) << 13;
  const pcpMask = pcp === undefined ? 0 : 0xe000;
  return [`vlan_tci=${hex(value | pcpBits, 4)}/${hex(mask | pcpMask, 4)}`];
}

function unnamedText({
  class: oxmClass,
  code,
  hasMask,
  bytes,
}: Extract<OxmField, { field: 'unknown' }>): string {
  const half = hasMask ? bytes.length / 2 : bytes.length;
  const [value, mask] = [bytes.toString('hex', 0, half), bytes.toString('hex', half)];
  const name = `oxm(class=${hex(oxmClass, 4)},code=${code})`;
  return `${name}=0x${value}${hasMask ? `/0x${mask}` : ''}`;
}
