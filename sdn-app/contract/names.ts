/** Small value types that every contract shares: names, addresses, rates. */
import { z } from 'zod';

/** Names of hosts and switches: they become interface names, which Linux bounds to 15 characters. */
export const nodeName = z
  .string()
  .regex(/^[a-z][a-z0-9]{0,8}$/, 'use a letter, then up to 8 letters or digits, lower case');

export const objectName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'use a letter, then up to 30 letters, digits or hyphens');

export const macAddress = z
  .string()
  .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'use six lower-case hex pairs joined by colons')
  .refine((mac) => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0, 'use a unicast address');

const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = `${OCTET}(\\.${OCTET}){3}`;

export const ipv4Address = z.string().regex(new RegExp(`^${IPV4}$`), 'use dotted IPv4');

/** Address with prefix length, like 10.0.0.1/24. */
export const ipv4Interface = z
  .string()
  .regex(
    new RegExp(`^${IPV4}/([1-9]|[12]\\d|30)$`),
    'use IPv4 with a prefix of 1 to 30, like 10.0.0.1/24',
  );

/** A network with its prefix length, like 10.2.0.0/16; 0.0.0.0/0 is everything. */
export const ipv4Network = z
  .string()
  .regex(new RegExp(`^${IPV4}/(\\d|[12]\\d|3[0-2])$`), 'use IPv4 with a prefix, like 10.2.0.0/16');

export const strategyName = z.string().regex(/^[a-z][a-zA-Z-]{0,30}$/);

/** 128 bits that tie a statelet stream and its markers to one migration. */
export const sessionToken = z.string().regex(/^[0-9a-f]{32}$/);

/** IPv4 text to its 32-bit number. */
export function ipv4ToNumber(address: string): number {
  return address.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
}

/** Address and prefix of `10.0.0.1/24`, and its network as a number. */
export function parseInterface(text: string): { address: string; prefix: number; network: number } {
  const [address = '', prefixText = '0'] = text.split('/');
  const prefix = Number(prefixText);
  const size = 2 ** (32 - prefix);
  return { address, prefix, network: Math.floor(ipv4ToNumber(address) / size) * size };
}

export function sameSubnet(interfaceText: string, address: string): boolean {
  const { prefix, network } = parseInterface(interfaceText);
  const size = 2 ** (32 - prefix);
  return Math.floor(ipv4ToNumber(address) / size) * size === network;
}

/** True when all of `network` lies in the subnet of an interface. */
export function withinSubnet(interfaceText: string, network: string): boolean {
  const [address = '', length = '0'] = network.split('/');
  return (
    Number(length) >= parseInterface(interfaceText).prefix && sameSubnet(interfaceText, address)
  );
}
