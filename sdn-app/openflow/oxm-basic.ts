import { bits, ipv4, ipv6, mac, u16, u24, u32, u64, u8 } from './kinds.js';
import { fieldsOf, oxmClass } from './oxm-field.js';

const { exact, maskable } = fieldsOf({ oxmClass: oxmClass.basic });

const ethType = (...values: number[]) => ({ field: 'ethType', values });
const ipProto = (...values: number[]) => ({ field: 'ipProto', values });
const icmpv6Type = (...values: number[]) => ({ field: 'icmpv6Type', values });
const [onIpv4, onIpv6, onIp] = [ethType(0x0800), ethType(0x86dd), ethType(0x0800, 0x86dd)];
const onArp = ethType(0x0806);
const onMpls = ethType(0x8847, 0x8848);
const [onTcp, onUdp, onSctp] = [ipProto(6), ipProto(17), ipProto(132)];
const [onIcmpv4, onIcmpv6] = [ipProto(1), ipProto(58)];
const onDiscovery = icmpv6Type(135, 136);

/**
 * The match fields of OpenFlow 1.3.5 (section 7.2.3.7) by their number in the basic class, with
 * their prerequisites. Transport ports and the IPv6 neighbour discovery fields take no mask in
 * the specification, but do in Open vSwitch, so they are maskable here; a switch that cannot says
 * so.
 */
export const basicFields = {
  inPort: exact(0, u32),
  inPhyPort: exact(1, u32, { field: 'inPort' }),
  metadata: maskable(2, u64),
  ethDst: maskable(3, mac),
  ethSrc: maskable(4, mac),
  ethType: exact(5, u16),
  vlanVid: maskable(6, bits(13, u16)),
  vlanPcp: exact(7, bits(3, u8), { field: 'vlanVid' }),
  ipDscp: exact(8, bits(6, u8), onIp),
  ipEcn: exact(9, bits(2, u8), onIp),
  ipProto: exact(10, u8, onIp),
  ipv4Src: maskable(11, ipv4, onIpv4),
  ipv4Dst: maskable(12, ipv4, onIpv4),
  tcpSrc: maskable(13, u16, onTcp),
  tcpDst: maskable(14, u16, onTcp),
  udpSrc: maskable(15, u16, onUdp),
  udpDst: maskable(16, u16, onUdp),
  sctpSrc: maskable(17, u16, onSctp),
  sctpDst: maskable(18, u16, onSctp),
  icmpv4Type: exact(19, u8, onIpv4, onIcmpv4),
  icmpv4Code: exact(20, u8, onIpv4, onIcmpv4),
  arpOp: exact(21, u16, onArp),
  arpSpa: maskable(22, ipv4, onArp),
  arpTpa: maskable(23, ipv4, onArp),
  arpSha: maskable(24, mac, onArp),
  arpTha: maskable(25, mac, onArp),
  ipv6Src: maskable(26, ipv6, onIpv6),
  ipv6Dst: maskable(27, ipv6, onIpv6),
  ipv6FlowLabel: maskable(28, bits(20, u32), onIpv6),
  icmpv6Type: exact(29, u8, onIpv6, onIcmpv6),
  icmpv6Code: exact(30, u8, onIpv6, onIcmpv6),
  ipv6NdTarget: maskable(31, ipv6, onDiscovery),
  ipv6NdSll: maskable(32, mac, icmpv6Type(135)),
  ipv6NdTll: maskable(33, mac, icmpv6Type(136)),
  mplsLabel: exact(34, bits(20, u32), onMpls),
  mplsTc: exact(35, bits(3, u8), onMpls),
  mplsBos: exact(36, bits(1, u8), onMpls),
  pbbIsid: maskable(37, u24, ethType(0x88e7)),
  tunnelId: maskable(38, u64),
  ipv6ExtensionHeader: maskable(39, bits(9, u16), onIpv6),
} as const;
