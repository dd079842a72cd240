import { bits, type Fixed, ipv4, ipv6, mac, show } from './kinds.js';
import { u16, u24, u32, u64, u8, type ValueOf } from './kinds.js';
import { type Simplify, type Variable } from './fields.js';
import { asRecord } from './layout.js';
import { Run } from './wire.js';
import { refuse } from './wire-error.js';

interface Declaration<T, Maskable extends boolean> {
  readonly code: number;
  readonly kind: Fixed<T>;
  readonly maskable: Maskable;
}

const exact = <T>(code: number, kind: Fixed<T>): Declaration<T, false> => ({
  code,
  kind,
  maskable: false,
});
const maskable = <T>(code: number, kind: Fixed<T>): Declaration<T, true> => ({
  code,
  kind,
  maskable: true,
});

/** OFPXMC_OPENFLOW_BASIC (section 7.2.3.3). */
const basicClass = 0x8000;

/**
 * The match fields of OpenFlow 1.3.5 (section 7.2.3.7), by their number in the basic class.
 * Transport ports and the IPv6 neighbour discovery fields take no mask in the specification, but
 * do in Open vSwitch, so they are maskable here; a switch that cannot says so.
 */
const declarations = {
  inPort: exact(0, u32),
  inPhyPort: exact(1, u32),
  metadata: maskable(2, u64),
  ethDst: maskable(3, mac),
  ethSrc: maskable(4, mac),
  ethType: exact(5, u16),
  vlanVid: maskable(6, bits(13, u16)),
  vlanPcp: exact(7, bits(3, u8)),
  ipDscp: exact(8, bits(6, u8)),
  ipEcn: exact(9, bits(2, u8)),
  ipProto: exact(10, u8),
  ipv4Src: maskable(11, ipv4),
  ipv4Dst: maskable(12, ipv4),
  tcpSrc: maskable(13, u16),
  tcpDst: maskable(14, u16),
  udpSrc: maskable(15, u16),
  udpDst: maskable(16, u16),
  sctpSrc: maskable(17, u16),
  sctpDst: maskable(18, u16),
  icmpv4Type: exact(19, u8),
  icmpv4Code: exact(20, u8),
  arpOp: exact(21, u16),
  arpSpa: maskable(22, ipv4),
  arpTpa: maskable(23, ipv4),
  arpSha: maskable(24, mac),
  arpTha: maskable(25, mac),
  ipv6Src: maskable(26, ipv6),
  ipv6Dst: maskable(27, ipv6),
  ipv6FlowLabel: maskable(28, bits(20, u32)),
  icmpv6Type: exact(29, u8),
  icmpv6Code: exact(30, u8),
  ipv6NdTarget: maskable(31, ipv6),
  ipv6NdSll: maskable(32, mac),
  ipv6NdTll: maskable(33, mac),
  mplsLabel: exact(34, bits(20, u32)),
  mplsTc: exact(35, bits(3, u8)),
  mplsBos: exact(36, bits(1, u8)),
  pbbIsid: maskable(37, u24),
  tunnelId: maskable(38, u64),
  ipv6ExtensionHeader: maskable(39, bits(9, u16)),
} as const;

type Declarations = typeof declarations;
export type OxmName = keyof Declarations;
type OxmValue<N extends OxmName> = ValueOf<Declarations[N]['kind']>;
type Mask<N extends OxmName> = Declarations[N]['maskable'] extends true
  ? { mask?: OxmValue<N> }
  : unknown;
type Known = {
  [N in OxmName]: Simplify<{ field: N; value: OxmValue<N> } & Mask<N>>;
}[OxmName];

/** A field of another class (Nicira, experimenter) or number: kept as bytes, value and mask. */
export interface UnknownOxm {
  field: 'unknown';
  class: number;
  /** Field number within the class, 7 bits. */
  code: number;
  hasMask: boolean;
  bytes: Buffer;
}

/** One match field (an OXM TLV, section 7.2.3.2), as matches and set-field actions carry it. */
export type OxmField = Known | UnknownOxm;

/** What `match` takes: a value for each field, or a value and a mask. */
export type MatchFields = {
  [N in OxmName]?:
    | OxmValue<N>
    | (Declarations[N]['maskable'] extends true
        ? { value: OxmValue<N>; mask: OxmValue<N> }
        : never);
};

interface Codec {
  readonly header: number;
  readonly run: Run;
}
interface FieldCodecs {
  readonly exact: Codec;
  readonly masked: Codec | undefined;
}

const byName = new Map<unknown, FieldCodecs>();
const byHeader = new Map<number, Run>();
const sizes = new Map<number, number>();

for (const [name, { code, kind, maskable }] of Object.entries(declarations)) {
  const codec = (hasMask: boolean): Codec => {
    const field = kind as Fixed<unknown>;
    const parts = hasMask ? (['value', 'mask'] as const) : (['value'] as const);
    const run = new Run(
      parts.map((part) => [part, field] as const),
      { key: 'field', value: name },
    );
    const header = headerOf(basicClass, code, hasMask, run.size);
    byHeader.set(header, run);
    return { header, run };
  };
  byName.set(name, { exact: codec(false), masked: maskable ? codec(true) : undefined });
  sizes.set(code, kind.size);
}

/** One OXM TLV. */
export const oxmField: Variable<OxmField> = {
  sort: 'variable',
  read(reader) {
    const start = reader.position;
    const header = reader.u32('header');
    const known = byHeader.get(header);
    const length = header & 0xff;
    if (known !== undefined && length <= reader.remaining) return known.read(reader);
    const { class: oxmClass, code, hasMask } = partsOf(header);
    const expected = oxmClass === basicClass ? sizes.get(code) : undefined;
    if (expected !== undefined && length !== (hasMask ? 2 * expected : expected)) {
      refuse('WIRE_BAD_LENGTH', 'length', start, `${length} is not the size of field ${code}`);
    }
    const bytes = reader.bytes(length, 'bytes');
    return { field: 'unknown', class: oxmClass, code, hasMask, bytes };
  },
  write(writer, value) {
    const start = writer.position;
    const record = asRecord(value, start);
    const known = byName.get(record['field']);
    if (known !== undefined) {
      const codec = record['mask'] === undefined ? known.exact : known.masked;
      if (codec === undefined) {
        refuse('WIRE_BAD_VALUE', 'mask', start, `${show(record['field'])} takes no mask`);
      }
      writer.u32(codec.header);
      codec.run.write(writer, record);
      return;
    }
    if (record['field'] !== 'unknown') {
      refuse('WIRE_BAD_VALUE', 'field', start, `${show(record['field'])} is not a match field`);
    }
    const { class: oxmClass, code, hasMask, bytes } = record as Partial<UnknownOxm>;
    if (
      !inRange(oxmClass, 0xffff) ||
      !inRange(code, 0x7f) ||
      !(bytes instanceof Uint8Array) ||
      !inRange(bytes.length, 0xff)
    ) {
      const wanted = 'class 0 to 65535, code 0 to 127 and bytes of at most 255';
      refuse('WIRE_BAD_VALUE', 'unknown', start, `must have ${wanted}`);
    }
    writer.u32(headerOf(oxmClass, code, hasMask === true, bytes.length));
    writer.bytes(bytes);
  },
};

/**
 * A match from plain values, in the order of the field numbers, which puts every field after
 * its prerequisites as section 7.2.3.6 demands. Throws WireError for a field that does not exist.
 */
export function match(fields: MatchFields): OxmField[] {
  return Object.entries(fields)
    .filter(([, wanted]) => (wanted as unknown) !== undefined)
    .map(([name, wanted]) => ({
      code: codeOf(name),
      field: { field: name, ...(typeof wanted === 'object' ? wanted : { value: wanted }) },
    }))
    .sort((left, right) => left.code - right.code)
    .map(({ field }) => field as OxmField);
}

function codeOf(name: string): number {
  if (!Object.hasOwn(declarations, name)) {
    refuse('WIRE_BAD_VALUE', `match.${name}`, 0, 'is not a match field');
  }
  return declarations[name as OxmName].code;
}

function headerOf(oxmClass: number, code: number, hasMask: boolean, length: number): number {
  return oxmClass * 0x10000 + code * 0x200 + (hasMask ? 0x100 : 0) + length;
}

function partsOf(header: number): { class: number; code: number; hasMask: boolean } {
  return { class: header >>> 16, code: (header >>> 9) & 0x7f, hasMask: (header & 0x100) !== 0 };
}

function inRange(value: unknown, highest: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= highest;
}
