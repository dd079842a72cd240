/** Values of match fields as ofctl_rest takes them: `a`, or `a/b` with a mask or prefix length. */
import type { z } from 'zod';
import {
  formatIpv4,
  formatIpv6,
  formatMac,
  parseIpv4,
  parseIpv6,
  parseMac,
} from '../../openflow/address.js';
import type { OxmField } from '../../openflow/index.js';
import type { FieldName } from './fields.js';
import { nameOfField, nameOfUnknown } from './oxm-name.js';
import { readBy, readWhole, RESERVED, shown, Unfit, type Scalar } from './scalar.js';

export type Plain = number | bigint | string;

export interface FieldValue {
  value: Plain;
  mask?: Plain;
}

type Kind = Pick<FieldName, 'sort' | 'bits'>;

interface AddressSort {
  bits: number;
  called: string;
  parse: (text: string) => bigint | undefined;
  format: (address: bigint) => string;
  prefixLength: boolean;
}

const ADDRESSES: Readonly<Record<'mac' | 'ipv4' | 'ipv6', AddressSort>> = {
  mac: {
    bits: 48,
    called: 'a MAC address',
    parse: (text) => {
      const address = parseMac(
        text
          .split(/[:-]/)
          .map((byte) => byte.padStart(2, '0'))
          .join(':'),
      );
      return address === undefined ? undefined : BigInt(address);
    },
    format: (address) => formatMac(Number(address >> 32n), Number(address & 0xffff_ffffn)),
    prefixLength: false,
  },
  ipv4: {
    bits: 32,
    called: 'an IPv4 address',
    parse: (text) => {
      const address = parseIpv4(text);
      return address === undefined ? undefined : BigInt(address);
    },
    format: (address) => formatIpv4(Number(address)),
    prefixLength: true,
  },
  ipv6: {
    bits: 128,
    called: 'an IPv6 address',
    parse: (text) => {
      const bytes = parseIpv6(text);
      return bytes === undefined ? undefined : BigInt(`0x${bytes.toString('hex')}`);
    },
    format: (address) => formatIpv6(Buffer.from(address.toString(16).padStart(32, '0'), 'hex')),
    prefixLength: true,
  },
};

/** OFPVID_PRESENT (section 7.2.3.7): a VLAN tag is there. */
export const VLAN_PRESENT = 0x1000;

/** For the value of this field in a match. */
export function fieldValue(field: Kind & { maskable: boolean }): z.ZodType<FieldValue> {
  return field.maskable ? readBy((input) => readField(input, field)) : exactValue(field);
}

/**
 * For SET_FIELD, where a VLAN id is the field as it is, with OFPVID_PRESENT, and a mask has no
 * meaning.
 */
export function setFieldValue({ sort, bits }: Kind): z.ZodType<FieldValue> {
  return exactValue({ sort: sort === 'vlan' ? 'whole' : sort, bits });
}

function exactValue(kind: Kind): z.ZodType<FieldValue> {
  return readBy((input) => {
    if (isMasked(input)) throw new Unfit(`must have no mask, unlike ${shown(input)}`);
    return readField(input, kind);
  });
}

/** Throws Unfit. */
function readField(input: Scalar, { sort, bits }: Kind): FieldValue {
  switch (sort) {
    case 'port':
      return { value: Number(readWhole(input, bits, RESERVED.port)) };
    case 'whole':
      return isMasked(input) ? readMasked(String(input), bits) : { value: readNumber(input, bits) };
    case 'vlan':
      return readVlan(input, bits);
    case 'mac':
    case 'ipv4':
    case 'ipv6':
      return readAddress(input, ADDRESSES[sort]);
  }
}

/**
 * A decimal number is a VLAN id, and the packet must have a tag; a hexadecimal text or a masked
 * value is the field as it is.
 */
function readVlan(input: Scalar, bits: number): FieldValue {
  if (isMasked(input)) return readMasked(String(input), bits);
  const asItIs = typeof input === 'string' && !/^\d+$/.test(input.trim());
  const value = Number(readWhole(input, bits));
  return { value: asItIs ? value : value | VLAN_PRESENT };
}

function isMasked(input: Scalar): boolean {
  return typeof input === 'string' && input.includes('/');
}

function readNumber(input: Scalar, bits: number): number | bigint {
  return sized(readWhole(input, bits), bits);
}

function readMasked(input: string, bits: number): FieldValue {
  const [first = '', second = '', ...rest] = input.split('/');
  if (rest.length > 0) throw new Unfit(`must be VALUE or VALUE/MASK, not ${shown(input)}`);
  const [value, mask] = [readWhole(first, bits), readWhole(second, bits)];
  return { value: sized(value & mask, bits), mask: sized(mask, bits) };
}

/** As the codec has it: a bigint for 64 bits. */
function sized(value: bigint, bits: number): number | bigint {
  return bits > 32 ? value : Number(value);
}

function readAddress(input: Scalar, sort: AddressSort): FieldValue {
  const [first = '', second, ...rest] = String(input)
    .split('/')
    .map((part) => part.trim());
  const address = sort.parse(first);
  const mask = second === undefined ? undefined : maskOf(second, sort);
  if (address === undefined || (second !== undefined && mask === undefined) || rest.length > 0) {
    const form = sort.prefixLength ? 'ADDRESS/MASK or ADDRESS/LENGTH' : 'ADDRESS/MASK';
    throw new Unfit(`must be ${sort.called}, or ${form}, not ${shown(input)}`);
  }
  if (mask === undefined) return { value: sort.format(address) };
  return { value: sort.format(address & mask), mask: sort.format(mask) };
}

function maskOf(text: string, { bits, parse, prefixLength }: AddressSort): bigint | undefined {
  if (!prefixLength || !/^\d{1,3}$/.test(text)) return parse(text);
  const length = Number(text);
  if (length > bits) return undefined;
  return ((1n << BigInt(length)) - 1n) << BigInt(bits - length);
}

/** A field of a switch, by the name of OXM; its bytes as base64 when it has none. */
export function showOxm(oxm: OxmField): { key: string; value: Plain; mask?: Plain } {
  if (oxm.field === 'unknown') {
    const { bytes, hasMask } = oxm;
    const size = hasMask ? bytes.length / 2 : bytes.length;
    const value = bytes.toString('base64', 0, size);
    const key = nameOfUnknown(oxm);
    return hasMask ? { key, value, mask: bytes.toString('base64', size) } : { key, value };
  }
  const key = nameOfField(oxm.field);
  const value = plain(oxm.value);
  const mask = 'mask' in oxm ? oxm.mask : undefined;
  return mask === undefined ? { key, value } : { key, value, mask: plain(mask) };
}

/** Numbers wider than 64 bits are decoded as bytes. */
function plain(value: Plain | Buffer): Plain {
  return Buffer.isBuffer(value) ? BigInt(`0x${value.toString('hex')}`) : value;
}
