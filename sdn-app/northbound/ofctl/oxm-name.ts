/** What Ryu calls the match fields of switches: OXM and Nicira by name, others by their number. */
import type { OxmId, OxmName, UnknownOxm } from '../../openflow/index.js';
import { oxmClass } from '../../openflow/oxm-field.js';
import { oxmFields } from '../../openflow/oxm-registry.js';
import { BY_DECODED } from './fields.js';

/** Fields beyond OpenFlow 1.3.5 that are not simply in snake case; null for those without name. */
const EXTENSIONS: Readonly<Partial<Record<OxmName, string | null>>> = {
  packetType: null,
  ipFragment: 'ip_frag',
  ipTtl: 'nw_ttl',
  packetMark: 'pkt_mark',
  conjunctionId: 'conj_id',
  ctIpProto: null,
  ctIpv4Src: null,
  ctIpv4Dst: null,
  ctIpv6Src: null,
  ctIpv6Dst: null,
  ctTransportSrc: null,
  ctTransportDst: null,
  nshMdType: 'nsh_mdtype',
  nshNextProtocol: 'nsh_np',
  nshContext1: 'nsh_c1',
  nshContext2: 'nsh_c2',
  nshContext3: 'nsh_c3',
  nshContext4: 'nsh_c4',
  ndReserved: null,
  ndOptionsType: null,
};

/** Nicira's numbers that Open vSwitch shows and that are not decoded. */
const NICIRA = new Map([
  [0, 'in_port_nxm'],
  [4, 'vlan_tci'],
  [5, 'nw_tos'],
  [164, '_recirc_id'],
]);

/** In an answer about table features, where a field of an experimenter has no name. */
export function nameOfId(id: OxmId): string {
  if (id.field === 'experimenter') return numbered(oxmClass.experimenter, id.code);
  if (id.field === 'unknown') return nameOfUnknown(id);
  const { oxmClass: classOf, code } = oxmFields[id.field];
  return classOf === oxmClass.experimenter ? numbered(classOf, code) : nameOfField(id.field);
}

/** In a match or in SET_FIELD. */
export function nameOfField(field: OxmName): string {
  const basic = BY_DECODED.get(field);
  if (basic !== undefined) return basic.key;
  const { oxmClass: classOf, code } = oxmFields[field];
  const name = EXTENSIONS[field];
  if (name === null || field.startsWith('tunnelErspan') || field.startsWith('tunnelGtpu')) {
    return numbered(classOf, code);
  }
  const snake = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return name ?? snake.replace(/^tunnel_/, 'tun_');
}

export function nameOfUnknown({
  class: classOf,
  code,
}: Pick<UnknownOxm, 'class' | 'code'>): string {
  return NICIRA.get(numberOf(classOf, code)) ?? numbered(classOf, code);
}

function numbered(classOf: number, code: number): string {
  return `field_${numberOf(classOf, code)}`;
}

function numberOf(classOf: number, code: number): number {
  return classOf * 128 + code;
}
