/** Configuration of each network function, by kind; native/nf re-checks whatever guards memory. */
import { z } from 'zod';
import { ipv4Address, ipv4Interface, macAddress } from './names.js';

const milliseconds = (least: number) => z.int().min(least).max(86_400_000);

/** NAT44. Timeouts: RFC 4787 REQ-5, RFC 5382 REQ-5, RFC 5508 REQ-2. */
export const nat44Config = z.strictObject({
  /** External addresses that mappings use; the outside port answers ARP for all of them. */
  pool: z.array(ipv4Address).min(1).max(64),
  portRange: z
    .strictObject({ first: z.int().min(1).max(65535), last: z.int().min(1).max(65535) })
    .refine((range) => range.first <= range.last, 'first must not exceed last')
    .default({ first: 1024, last: 65535 }),
  /** Mappings the table can hold. */
  capacity: z.int().min(1).max(4_194_304).default(262_144),
  timeoutsMs: z
    .strictObject({
      udp: milliseconds(120_000).default(300_000),
      tcpEstablished: milliseconds(7_440_000).default(7_440_000),
      tcpTransitory: milliseconds(240_000).default(240_000),
      icmp: milliseconds(60_000).default(60_000),
    })
    .prefault({}),
  /** Next hop for destinations beyond the outside subnet. */
  gateway: ipv4Address.optional(),
});
export type Nat44Config = z.infer<typeof nat44Config>;

/** One line per network function: its configuration and its ports, in the native order. */
export const NF_KINDS = {
  nat44: { config: nat44Config, ports: ['inside', 'outside'] },
} as const;

export type NfKind = keyof typeof NF_KINDS;
export const nfKind = z.enum(Object.keys(NF_KINDS) as [NfKind, ...NfKind[]]);

/** A port of an instance as the host sees it. */
export const instancePort = z.strictObject({
  name: z.string().min(1).max(31),
  interface: z.string().min(1).max(15),
  mac: macAddress,
  address: ipv4Interface,
});
export type InstancePort = z.infer<typeof instancePort>;
