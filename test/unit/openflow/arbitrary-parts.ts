import fc, { type Arbitrary } from 'fast-check';
import { formatIpv4, formatIpv6, formatMac } from '../../../sdn-app/openflow/address.js';
import type {
  Action,
  Bucket,
  Instruction,
  OxmField,
  OxmName,
  Port,
} from '../../../sdn-app/openflow/index.js';

/** Plain objects, as decoding makes them: fast-check's own may have no prototype. */
export function record<T>(model: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

const below = (bits: number): Arbitrary<number> => fc.nat(2 ** bits - 1);
export const u8 = below(8);
export const u16 = below(16);
export const u32 = fc.oneof(below(31), fc.constantFrom(0x80000000, 0xfffffffd, 0xffffffff));
export const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
export const bytes = (size = 64): Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: size }).map((array) => Buffer.from(array));
export const bytesOf = (size: number): Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((array) => Buffer.from(array));
export const mac = fc.tuple(u16, u32).map(([high, low]) => formatMac(high, low));
const ipv4 = u32.map(formatIpv4);
const ipv6 = fc
  .array(fc.constantFrom(0, 0, 1, 0xab, 0xff), { minLength: 16, maxLength: 16 })
  .map((array) => formatIpv6(Buffer.from(array)));
export const text = (size: number): Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom('a', 'Z', '0', '-', ' ', '\u00e9', '\u00ff'),
    maxLength: size,
  });
/** Set bits in wire order, lowest first, as decoding lists them. */
export const subset = <const N extends string>(...names: N[]): Arbitrary<N[]> => fc.subarray(names);
export const oneOf = <const N extends string>(...names: N[]): Arbitrary<N> =>
  fc.constantFrom(...names);
/** Members of a union that carry nothing but their tag. */
const bare = <const N extends string>(...names: N[]): Arbitrary<{ type: N }> =>
  record({ type: oneOf(...names) });
const as = <const N extends string>(type: N): Arbitrary<N> => fc.constant(type);

const fieldValues: Readonly<Record<OxmName, Arbitrary<unknown>>> = {
  inPort: u32,
  inPhyPort: u32,
  metadata: u64,
  ethDst: mac,
  ethSrc: mac,
  ethType: u16,
  vlanVid: below(13),
  vlanPcp: below(3),
  ipDscp: below(6),
  ipEcn: below(2),
  ipProto: u8,
  ipv4Src: ipv4,
  ipv4Dst: ipv4,
  tcpSrc: u16,
  tcpDst: u16,
  udpSrc: u16,
  udpDst: u16,
  sctpSrc: u16,
  sctpDst: u16,
  icmpv4Type: u8,
  icmpv4Code: u8,
  arpOp: u16,
  arpSpa: ipv4,
  arpTpa: ipv4,
  arpSha: mac,
  arpTha: mac,
  ipv6Src: ipv6,
  ipv6Dst: ipv6,
  ipv6FlowLabel: below(20),
  icmpv6Type: u8,
  icmpv6Code: u8,
  ipv6NdTarget: ipv6,
  ipv6NdSll: mac,
  ipv6NdTll: mac,
  mplsLabel: below(20),
  mplsTc: below(3),
  mplsBos: below(1),
  pbbIsid: below(24),
  tunnelId: u64,
  ipv6ExtensionHeader: below(9),
};

const unmaskable =
  /^(in(Phy)?Port|ethType|vlanPcp|ip(Dscp|Ecn|Proto)|icmpv[46](Type|Code)|arpOp|mpls(Label|Tc|Bos))$/;

const knownField = fc.constantFrom(...(Object.keys(fieldValues) as OxmName[])).chain((name) => {
  const value = fieldValues[name];
  const plain = record({ field: fc.constant(name), value });
  const masked = record({ field: fc.constant(name), value, mask: value });
  return unmaskable.test(name) ? plain : fc.oneof(plain, masked);
}) as Arbitrary<OxmField>;

export const oxmField: Arbitrary<OxmField> = fc.oneof(
  { weight: 9, arbitrary: knownField },
  {
    weight: 1,
    arbitrary: record({
      field: as('unknown'),
      class: fc.constantFrom(0, 1, 0x8003, 0xffff),
      code: below(7),
      hasMask: fc.boolean(),
      bytes: bytes(255),
    }),
  },
);

const wholeUnits = fc.nat(3).chain((units) => bytesOf(8 * units));
const wholeUnitsAndFour = fc.nat(3).chain((units) => bytesOf(8 * units + 4));
const undeclared = record({
  type: as('unknown'),
  code: fc.integer({ min: 100, max: 0xfffe }),
  bytes: wholeUnitsAndFour,
});
const experimenterTlv = record({
  type: as('experimenter'),
  experimenter: u32,
  data: wholeUnits,
});

export const action: Arbitrary<Action> = fc.oneof(
  record({ type: as('output'), port: u32, maxLength: u16 }),
  bare('copyTtlOut', 'copyTtlIn', 'decMplsTtl', 'popVlan', 'decNwTtl', 'popPbb'),
  record({ type: oneOf('setMplsTtl', 'setNwTtl'), ttl: u8 }),
  record({ type: oneOf('pushVlan', 'pushMpls', 'popMpls', 'pushPbb'), ethType: u16 }),
  record({ type: as('setQueue'), queueId: u32 }),
  record({ type: as('group'), groupId: u32 }),
  record({ type: as('setField'), field: oxmField }),
  experimenterTlv,
  undeclared,
);
export const actions = fc.array(action, { maxLength: 4 });

const instruction: Arbitrary<Instruction> = fc.oneof(
  record({ type: as('gotoTable'), tableId: u8 }),
  record({ type: as('writeMetadata'), metadata: u64, mask: u64 }),
  record({ type: oneOf('writeActions', 'applyActions'), actions }),
  bare('clearActions'),
  record({ type: as('meter'), meterId: u32 }),
  experimenterTlv,
  undeclared,
);
export const instructions = fc.array(instruction, { maxLength: 3 });
export const fields = fc.array(oxmField, { maxLength: 6 });

export const bucket: Arbitrary<Bucket> = record({
  weight: u16,
  watchPort: u32,
  watchGroup: u32,
  actions,
});
export const groupType = oneOf('all', 'select', 'indirect', 'fastFailover');
export const flowFlags = subset(
  'sendFlowRemoved',
  'checkOverlap',
  'resetCounts',
  'noPacketCounts',
  'noByteCounts',
  'bit15',
);

export const port: Arbitrary<Port> = record({
  portNo: u32,
  hwAddr: mac,
  name: text(16),
  config: subset('portDown', 'bit1', 'noReceive', 'noForward', 'noPacketIn', 'bit31'),
  state: subset('linkDown', 'blocked', 'live'),
  curr: u32,
  advertised: u32,
  supported: u32,
  peer: u32,
  currSpeed: u32,
  maxSpeed: u32,
});
