/** IPv4 networks written like 10.0.0.0/25: which lies in which. */
import { ipv4ToNumber } from './names.js';

interface Network {
  address: number;
  length: number;
}

function read(text: string): Network {
  const [address = '', length = '32'] = text.split('/');
  return { address: ipv4ToNumber(address), length: Number(length) };
}

function overlap(a: Network, b: Network): boolean {
  const size = 2 ** (32 - Math.min(a.length, b.length));
  return Math.floor(a.address / size) === Math.floor(b.address / size);
}

/** Some address belongs to both. */
export function networksOverlap(a: string, b: string): boolean {
  return overlap(read(a), read(b));
}

/** True when all of `inner` lies in `outer`. */
export function networkWithin(outer: string, inner: string): boolean {
  const [wide, narrow] = [read(outer), read(inner)];
  return narrow.length >= wide.length && overlap(wide, narrow);
}

/** True when each address of `network` lies in one of the others. */
export function networkCovered(network: string, others: readonly string[]): boolean {
  return covered(read(network), others.map(read));
}

function covered(network: Network, others: readonly Network[]): boolean {
  const near = others.filter((each) => overlap(each, network));
  if (near.some(({ length }) => length <= network.length)) return true;
  if (near.length === 0) return false;
  const length = network.length + 1;
  const size = 2 ** (32 - length);
  const address = Math.floor(network.address / (2 * size)) * 2 * size;
  return [address, address + size].every((half) => covered({ address: half, length }, near));
}

/** Without the bits beyond the prefix: 10.0.0.0/25 of 10.0.0.9/25. */
export function canonicalNetwork(text: string): string {
  const { address, length } = read(text);
  const size = 2 ** (32 - length);
  return `${numberToIpv4(Math.floor(address / size) * size)}/${length}`;
}

export function prefixLength(network: string): number {
  return read(network).length;
}

/** As a mask, like 255.255.255.128. */
export function maskOf(length: number): string {
  return numberToIpv4(2 ** 32 - 2 ** (32 - length));
}

export function numberToIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
