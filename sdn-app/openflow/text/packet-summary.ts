// What a packet is, on one line, as far as its bytes go.
import { formatIpv4, formatIpv6, formatMac } from '../address.js';
import type { Plain, Seen } from './masked.js';
import { flowText } from './match.js';

const ethernetBytes = 14;
const arpBytes = 28;
const ipv4Bytes = 20;
const ipv6Bytes = 40;

/** Field values found so far, in a packet that may end anywhere. */
type Keys = Map<string, Seen>;

/** Ends with the transport checksum, ` udp_csum:755`, where there is one. */
export function packetSummary(packet: Uint8Array): string {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
  if (bytes.length < ethernetBytes) return `${bytes.length} bytes: no Ethernet header`;
  const keys: Keys = new Map();
  const put = putter(keys);
  put('ethDst', mac(bytes, 0));
  put('ethSrc', mac(bytes, 6));
  const typeAt = readTags(bytes, 12, put);
  const type = bytes.readUInt16BE(typeAt);
  put('ethType', type);
  const checksum = readNetwork(type, bytes.subarray(typeAt + 2), keys);
  return `${flowText(keys)}${checksum === undefined ? '' : ` ${checksum}`}`;
}

type Put = (field: string, value: Plain) => void;

function putter(keys: Keys): Put {
  return (field, value) => keys.set(field, { value });
}

/** Up to two VLAN tags; a zero stands for the first that is not there. Returns where they end. */
function readTags(bytes: Buffer, from: number, put: Put): number {
  let at = from;
  for (const field of ['vlanTci', 'innerVlanTci']) {
    const type = bytes.readUInt16BE(at);
    const isTag = (type === 0x8100 || type === 0x88a8) && bytes.length >= at + 6;
    put(field, isTag ? bytes.readUInt16BE(at + 2) | 0x1000 : 0);
    if (!isTag) break;
    at += 4;
  }
  return at;
}

function mac(bytes: Buffer, at: number): string {
  return formatMac(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2));
}

function readNetwork(type: number, bytes: Buffer, keys: Keys): string | undefined {
  if (type === 0x0806 || type === 0x8035) readArp(bytes, keys);
  else if (type === 0x0800) return readIpv4(bytes, keys);
  else if (type === 0x86dd) return readIpv6(bytes, keys);
  else if (type === 0x8847 || type === 0x8848) readMpls(bytes, keys);
  return undefined;
}

function readArp(bytes: Buffer, keys: Keys): void {
  // Ethernet and IPv4 only: hardware type 1, protocol type 0x800, their sizes 6 and 4.
  if (bytes.length < arpBytes || bytes.toString('hex', 0, 6) !== '000108000604') return;
  const put = putter(keys);
  put('arpOp', bytes.readUInt16BE(6));
  put('arpSha', mac(bytes, 8));
  put('arpSpa', formatIpv4(bytes.readUInt32BE(14)));
  put('arpTha', mac(bytes, 18));
  put('arpTpa', formatIpv4(bytes.readUInt32BE(24)));
}

function readMpls(bytes: Buffer, keys: Keys): void {
  if (bytes.length < 4) return;
  const put = putter(keys);
  const entry = bytes.readUInt32BE(0);
  put('mplsLabel', entry >>> 12);
  put('mplsTc', (entry >>> 9) & 7);
  put('mplsTtl', entry & 0xff);
  put('mplsBos', (entry >>> 8) & 1);
}

function readIpv4(bytes: Buffer, keys: Keys): string | undefined {
  const headerBytes = 4 * (bytes.length === 0 ? 0 : bytes.readUInt8(0) & 0xf);
  if (headerBytes < ipv4Bytes || bytes.length < headerBytes) return undefined;
  const put = putter(keys);
  const fragment = bytes.readUInt16BE(6);
  putTraffic(put, bytes.readUInt8(1), bytes.readUInt8(8));
  put('ipProto', bytes.readUInt8(9));
  put('ipv4Src', formatIpv4(bytes.readUInt32BE(12)));
  put('ipv4Dst', formatIpv4(bytes.readUInt32BE(16)));
  const isLater = (fragment & 0x1fff) !== 0;
  put('ipFragment', isLater ? 3 : (fragment & 0x2000) !== 0 ? 1 : 0);
  if (isLater) return undefined;
  return readTransport(bytes.readUInt8(9), bytes.subarray(headerBytes), keys, false);
}

function readIpv6(bytes: Buffer, keys: Keys): string | undefined {
  if (bytes.length < ipv6Bytes) return undefined;
  const put = putter(keys);
  const first = bytes.readUInt32BE(0);
  putTraffic(put, (first >>> 20) & 0xff, bytes.readUInt8(7));
  // Extension headers are not followed: what is behind them is not told.
  put('ipProto', bytes.readUInt8(6));
  put('ipv6FlowLabel', first & 0xf_ffff);
  put('ipv6Src', formatIpv6(bytes.subarray(8, 24)));
  put('ipv6Dst', formatIpv6(bytes.subarray(24, 40)));
  put('ipFragment', 0);
  return readTransport(bytes.readUInt8(6), bytes.subarray(ipv6Bytes), keys, true);
}

function putTraffic(put: Put, trafficClass: number, ttl: number): void {
  put('ipDscp', trafficClass >>> 2);
  put('ipEcn', trafficClass & 3);
  put('ipTtl', ttl);
}

interface Transport {
  readonly name: string;
  readonly fields: readonly [string, string];
  /** Bytes of a field: ports have two, types of ICMP one. */
  readonly size: 1 | 2;
  readonly headerBytes: number;
  readonly checksumAt: number;
  readonly checksumBytes: 2 | 4;
}

const ports = (name: string): readonly [string, string] => [`${name}Src`, `${name}Dst`];
const tcp = {
  name: 'tcp',
  fields: ports('tcp'),
  size: 2,
  headerBytes: 20,
  checksumAt: 16,
} as const;
const udp = { name: 'udp', fields: ports('udp'), size: 2, headerBytes: 8, checksumAt: 6 } as const;
const sctp = {
  name: 'sctp',
  fields: ports('sctp'),
  size: 2,
  headerBytes: 12,
  checksumAt: 8,
} as const;
const icmp = (version: 'icmpv4' | 'icmpv6', name: string, headerBytes: number) =>
  ({
    name,
    fields: [`${version}Type`, `${version}Code`],
    size: 1,
    headerBytes,
    checksumAt: 2,
    checksumBytes: 2,
  }) as const;

const transports = new Map<string, Transport>([
  ...['4', '6'].flatMap((version): [string, Transport][] => [
    [`${version}/6`, { ...tcp, checksumBytes: 2 }],
    [`${version}/17`, { ...udp, checksumBytes: 2 }],
    [`${version}/132`, { ...sctp, checksumBytes: 4 }],
  ]),
  ['4/1', icmp('icmpv4', 'icmp', 8)],
  ['6/58', icmp('icmpv6', 'icmp6', 4)],
]);

function readTransport(
  protocol: number,
  bytes: Buffer,
  keys: Keys,
  isIpv6: boolean,
): string | undefined {
  const found = transports.get(`${isIpv6 ? 6 : 4}/${protocol}`);
  if (found === undefined || bytes.length < found.headerBytes) return undefined;
  const { name, fields, size, checksumAt, checksumBytes } = found;
  const put = putter(keys);
  put(fields[0], bytes.readUIntBE(0, size));
  put(fields[1], bytes.readUIntBE(size, size));
  if (name === 'tcp') put('tcpFlags', bytes.readUInt16BE(12) & 0xfff);
  if (name === 'icmp6') readNeighbour(bytes, keys);
  return `${name}_csum:${bytes.readUIntBE(checksumAt, checksumBytes).toString(16)}`;
}

/** Neighbour solicitation and advertisement (RFC 4861 section 4.3). */
function readNeighbour(bytes: Buffer, keys: Keys): void {
  const type = bytes.readUInt8(0);
  if ((type !== 135 && type !== 136) || bytes.length < 24) return;
  const put = putter(keys);
  put('ipv6NdTarget', formatIpv6(bytes.subarray(8, 24)));
  // As Open vSwitch does, also when there is no such option.
  put('ipv6NdSll', formatMac(0, 0));
  put('ipv6NdTll', formatMac(0, 0));
  for (let at = 24; at + 8 <= bytes.length;) {
    const [option = 0, units = 0] = bytes.subarray(at);
    if (units === 0) return;
    if (option === 1 || option === 2)
      put(option === 1 ? 'ipv6NdSll' : 'ipv6NdTll', mac(bytes, at + 2));
    at += 8 * units;
  }
}
