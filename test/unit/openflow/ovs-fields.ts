import type { MatchFields, OxmName } from '../../../sdn-app/openflow/index.js';

/** What must stand beside a field, beyond its prerequisites, for Open vSwitch to print it. */
export const companions: { readonly [N in OxmName]?: MatchFields } = {
  ctTransportSrc: { ethType: 0x800, ctIpProto: 6 },
  ctTransportDst: { ethType: 0x800, ctIpProto: 6 },
  ctIpProto: { ethType: 0x800 },
  ctIpv4Src: { ethType: 0x800 },
  ctIpv4Dst: { ethType: 0x800 },
  ctIpv6Src: { ethType: 0x86dd },
  ctIpv6Dst: { ethType: 0x86dd },
  tunnelErspanIndex: { tunnelErspanVersion: 1 },
  tunnelErspanDirection: { tunnelErspanVersion: 2 },
  tunnelErspanHardwareId: { tunnelErspanVersion: 2 },
  nshContext1: { nshMdType: 1 },
  nshContext2: { nshMdType: 1 },
  nshContext3: { nshMdType: 1 },
  nshContext4: { nshMdType: 1 },
};

/** Fields of 1.3.5 that Open vSwitch does not have. */
export const foreignFields: readonly string[] = ['inPhyPort', 'pbbIsid', 'ipv6ExtensionHeader'];

/** Names of registers carry their number; the others are listed below. */
function registerWords(name: string): string | undefined {
  const [, kind, digits] = /^(x{0,2}reg)(\d+)$/.exec(name) ?? [];
  const number = Number(digits);
  const register = (at: number, value: string): string => `reg${at}=${value}`;
  if (kind === 'reg') return register(number, '0x1');
  if (kind === 'xreg') return `${register(2 * number, '0')},${register(2 * number + 1, '0x1')}`;
  if (kind !== 'xxreg') return undefined;
  return [0, 1, 2, 3].map((part) => register(4 * number + part, '0x1010101')).join(',');
}

/**
 * How Open vSwitch prints a match on a field: its value 1 (every byte, for those kept as bytes;
 * the address 02:00:00:00:00:01, 10.0.0.1 or 2001:db8::1), with the least of its prerequisites.
 */
export function wordsOf(name: string): string | undefined {
  return registerWords(name) ?? words[name];
}

const words: Readonly<Record<string, string>> = {
  inPort: 'in_port=1',
  metadata: 'metadata=0x1',
  ethDst: 'dl_dst=02:00:00:00:00:01',
  ethSrc: 'dl_src=02:00:00:00:00:01',
  ethType: 'dl_type=0x0001',
  vlanVid: 'vlan_tci=0x0001/0x1fff',
  vlanPcp: 'dl_vlan=1,dl_vlan_pcp=1',
  ipDscp: 'ip,nw_tos=4',
  ipEcn: 'ip,nw_ecn=1',
  ipProto: 'icmp',
  ipv4Src: 'ip,nw_src=10.0.0.1',
  ipv4Dst: 'ip,nw_dst=10.0.0.1',
  tcpSrc: 'tcp,tp_src=1',
  tcpDst: 'tcp,tp_dst=1',
  udpSrc: 'udp,tp_src=1',
  udpDst: 'udp,tp_dst=1',
  sctpSrc: 'sctp,tp_src=1',
  sctpDst: 'sctp,tp_dst=1',
  icmpv4Type: 'icmp,icmp_type=1',
  icmpv4Code: 'icmp,icmp_code=1',
  arpOp: 'arp,arp_op=1',
  arpSpa: 'arp,arp_spa=10.0.0.1',
  arpTpa: 'arp,arp_tpa=10.0.0.1',
  arpSha: 'arp,arp_sha=02:00:00:00:00:01',
  arpTha: 'arp,arp_tha=02:00:00:00:00:01',
  ipv6Src: 'ipv6,ipv6_src=2001:db8::1',
  ipv6Dst: 'ipv6,ipv6_dst=2001:db8::1',
  ipv6FlowLabel: 'ipv6,ipv6_label=0x00001',
  icmpv6Type: 'icmp6,icmp_type=1',
  icmpv6Code: 'icmp6,icmp_code=1',
  ipv6NdTarget: 'icmp6,icmp_type=135,nd_target=2001:db8::1',
  ipv6NdSll: 'icmp6,icmp_type=135,nd_sll=02:00:00:00:00:01',
  ipv6NdTll: 'icmp6,icmp_type=136,nd_tll=02:00:00:00:00:01',
  mplsLabel: 'mpls,mpls_label=1',
  mplsTc: 'mpls,mpls_tc=1',
  mplsBos: 'mpls,mpls_bos=1',
  tunnelId: 'tun_id=0x1',
  tcpFlags: 'tcp,tcp_flags=fin',
  actsetOutput: 'actset_output=1',
  packetType: 'packet_type=(0,1)',
  ipFragment: 'ip,nw_frag=first',
  ipTtl: 'ip,nw_ttl=1',
  mplsTtl: 'mpls,mpls_ttl=1',
  tunnelIpv4Src: 'tun_src=10.0.0.1',
  tunnelIpv4Dst: 'tun_dst=10.0.0.1',
  packetMark: 'pkt_mark=0x1',
  conjunctionId: 'conj_id=1',
  tunnelGbpId: 'tun_gbp_id=1',
  tunnelGbpFlags: 'tun_gbp_flags=0x1',
  tunnelFlags: 'tun_flags=+oam',
  ctState: 'ct_state=new',
  ctZone: 'ct_zone=1',
  ctMark: 'ct_mark=0x1',
  ctLabel: 'ct_label=0x1010101010101010101010101010101',
  tunnelIpv6Src: 'tun_ipv6_src=2001:db8::1',
  tunnelIpv6Dst: 'tun_ipv6_dst=2001:db8::1',
  ctIpProto: 'ct_state=trk,ct_nw_proto=1,ip',
  ctIpv4Src: 'ct_state=trk,ct_nw_src=10.0.0.1,ip',
  ctIpv4Dst: 'ct_state=trk,ct_nw_dst=10.0.0.1,ip',
  ctIpv6Src: 'ct_state=trk,ct_ipv6_src=2001:db8::1,ipv6',
  ctIpv6Dst: 'ct_state=trk,ct_ipv6_dst=2001:db8::1,ipv6',
  ctTransportSrc: 'ct_state=trk,ct_nw_proto=6,ct_tp_src=1,ip',
  ctTransportDst: 'ct_state=trk,ct_nw_proto=6,ct_tp_dst=1,ip',
  tunnelErspanIndex: 'tun_erspan_ver=1,tun_erspan_idx=0x1',
  tunnelErspanVersion: 'tun_erspan_ver=1',
  tunnelErspanDirection: 'tun_erspan_ver=2,tun_erspan_dir=1',
  tunnelErspanHardwareId: 'tun_erspan_ver=2,tun_erspan_hwid=0x1',
  tunnelGtpuFlags: 'gtpu_flags=0x1',
  tunnelGtpuMessageType: 'gtpu_msgtype=1',
  nshFlags: 'dl_type=0x894f,nsh_flags=1',
  nshMdType: 'dl_type=0x894f,nsh_mdtype=1',
  nshNextProtocol: 'dl_type=0x894f,nsh_np=1',
  nshSpi: 'dl_type=0x894f,nsh_spi=0x1',
  nshSi: 'dl_type=0x894f,nsh_si=1',
  nshContext1: 'dl_type=0x894f,nsh_mdtype=1,nsh_c1=0x1',
  nshContext2: 'dl_type=0x894f,nsh_mdtype=1,nsh_c2=0x1',
  nshContext3: 'dl_type=0x894f,nsh_mdtype=1,nsh_c3=0x1',
  nshContext4: 'dl_type=0x894f,nsh_mdtype=1,nsh_c4=0x1',
  nshTtl: 'dl_type=0x894f,nsh_ttl=1',
  ndReserved: 'icmp6,icmp_type=135,nd_reserved=1',
  ndOptionsType: 'icmp6,icmp_type=135,nd_options_type=1',
};
