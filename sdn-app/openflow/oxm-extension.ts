import { bits, type Fixed, ipv4, ipv6, octets, u16, u32, u64, u8 } from './kinds.js';
import { fieldsOf, oxmClass, type OxmDeclaration } from './oxm-field.js';

const nicira = fieldsOf({ oxmClass: oxmClass.nicira });
const packetRegister = fieldsOf({ oxmClass: oxmClass.packetRegister });
const ericsson = fieldsOf({ oxmClass: oxmClass.ericsson });
const basic = fieldsOf({ oxmClass: oxmClass.basic });
const experimenter = (number: number) =>
  fieldsOf({ oxmClass: oxmClass.experimenter, experimenter: number });
const onf = experimenter(0x4f4e4600);
const niciraExperimenter = experimenter(0x00002320);
const nsh = experimenter(0x005ad650);

const onTcp = { field: 'ipProto', values: [6] };
const onIp = { field: 'ethType', values: [0x0800, 0x86dd] };
const onMpls = { field: 'ethType', values: [0x8847, 0x8848] };
const onNsh = { field: 'ethType', values: [0x894f] };
const onDiscovery = { field: 'icmpv6Type', values: [135, 136] };
const tracked = { field: 'ctState' };

type Upto<N extends number, Seen extends number[] = []> = Seen['length'] extends N
  ? Seen[number]
  : Upto<N, [...Seen, Seen['length']]>;

/** `name0`, `name1` and so on, with field numbers from `first`. */
function numbered<const Name extends string, const Count extends number, T>(
  name: Name,
  count: Count,
  first: number,
  declare: (code: number, kind: Fixed<T>) => OxmDeclaration<T, true>,
  kind: Fixed<T>,
) {
  const entries = Array.from(
    { length: count },
    (_, index) => [`${name}${index}`, declare(first + index, kind)] as const,
  );
  return Object.fromEntries(entries) as Record<`${Name}${Upto<Count>}`, OxmDeclaration<T, true>>;
}

/**
 * Fields that are not in OpenFlow 1.3.5 and that Open vSwitch 3.1 speaks on 1.3 (ovs-fields(7)):
 * ONF's extensions, packet registers and Nicira's. Nicira's older numbers of fields that 1.3.5
 * has, and tunnel metadata, whose size the switch is told at run time, stay bytes.
 */
export const extensionFields = {
  /** EXT-109 and EXT-233, before OpenFlow 1.5 took them over. */
  tcpFlags: onf.maskable(42, bits(12, u16), onTcp),
  actsetOutput: onf.exact(43, u32),
  /** OpenFlow 1.5's: namespace in the upper 16 bits, type in the lower. */
  packetType: basic.exact(44, u32),
  ...numbered('xreg', 8, 0, packetRegister.maskable, u64),
  ...numbered('reg', 16, 0, nicira.maskable, u32),
  ...numbered('xxreg', 4, 111, nicira.maskable, octets(16)),
  ipFragment: nicira.maskable(26, bits(2, u8), onIp),
  ipTtl: nicira.exact(29, u8, onIp),
  mplsTtl: nicira.exact(30, u8, onMpls),
  tunnelIpv4Src: nicira.maskable(31, ipv4),
  tunnelIpv4Dst: nicira.maskable(32, ipv4),
  packetMark: nicira.maskable(33, u32),
  conjunctionId: nicira.exact(37, u32),
  tunnelGbpId: nicira.maskable(38, u16),
  tunnelGbpFlags: nicira.maskable(39, u8),
  tunnelFlags: nicira.maskable(104, bits(1, u16)),
  ctState: nicira.maskable(105, u32),
  ctZone: nicira.exact(106, u16),
  ctMark: nicira.maskable(107, u32),
  ctLabel: nicira.maskable(108, octets(16)),
  tunnelIpv6Src: nicira.maskable(109, ipv6),
  tunnelIpv6Dst: nicira.maskable(110, ipv6),
  ctIpProto: nicira.exact(119, u8, tracked),
  ctIpv4Src: nicira.maskable(120, ipv4, tracked),
  ctIpv4Dst: nicira.maskable(121, ipv4, tracked),
  ctIpv6Src: nicira.maskable(122, ipv6, tracked),
  ctIpv6Dst: nicira.maskable(123, ipv6, tracked),
  ctTransportSrc: nicira.maskable(124, u16, tracked),
  ctTransportDst: nicira.maskable(125, u16, tracked),
  tunnelErspanIndex: niciraExperimenter.maskable(11, bits(20, u32)),
  tunnelErspanVersion: niciraExperimenter.maskable(12, bits(4, u8)),
  tunnelErspanDirection: niciraExperimenter.maskable(13, bits(1, u8)),
  tunnelErspanHardwareId: niciraExperimenter.maskable(14, bits(6, u8)),
  tunnelGtpuFlags: niciraExperimenter.maskable(15, u8),
  tunnelGtpuMessageType: niciraExperimenter.maskable(16, u8),
  nshFlags: nsh.maskable(1, u8, onNsh),
  nshMdType: nsh.exact(2, u8, onNsh),
  nshNextProtocol: nsh.exact(3, u8, onNsh),
  nshSpi: nsh.exact(4, bits(24, u32), onNsh),
  nshSi: nsh.exact(5, u8, onNsh),
  nshContext1: nsh.maskable(6, u32, onNsh),
  nshContext2: nsh.maskable(7, u32, onNsh),
  nshContext3: nsh.maskable(8, u32, onNsh),
  nshContext4: nsh.maskable(9, u32, onNsh),
  nshTtl: nsh.exact(10, u8, onNsh),
  ndReserved: ericsson.exact(1, u32, onDiscovery),
  ndOptionsType: ericsson.exact(2, u8, onDiscovery),
} as const;
