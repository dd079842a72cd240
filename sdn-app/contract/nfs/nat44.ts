/** NAT44: translates UDP, TCP and ICMP between an inside and an outside network. */
import { z } from 'zod';
import { ipv4Address, sameSubnet } from '../names.js';
import { defineNf } from './definition.js';

const milliseconds = (least: number) => z.int().min(least).max(86_400_000);

/** Timeouts: RFC 4787 REQ-5, RFC 5382 REQ-5, RFC 5508 REQ-2. */
const config = z.strictObject({
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

export const nat44 = defineNf({
  config,
  ports: ['inside', 'outside'],
  check({ pool, gateway }, ports, refuse) {
    const outside = ports['outside']?.address ?? '';
    pool.forEach((address, index) => {
      if (!sameSubnet(outside, address)) {
        refuse(`pool.${index}`, `${address} is outside the subnet of ${outside}`);
      }
      if (pool.indexOf(address) !== index) {
        refuse(`pool.${index}`, `${address} is in the pool already`);
      }
    });
    if (gateway !== undefined && !sameSubnet(outside, gateway)) {
      refuse('gateway', `${gateway} is outside the subnet of ${outside}`);
    }
  },
  ownAddresses({ pool }, port) {
    if (port !== 'outside') return [];
    return pool.map((address, index) => ({ address, field: `pool.${index}` }));
  },
  peerAddresses: ({ gateway }) => (gateway === undefined ? [] : [gateway]),
  /** By its table, and by the ports of its pool. */
  flowRoom: ({ pool, portRange, capacity }) =>
    Math.min(capacity, pool.length * (portRange.last - portRange.first + 1)),
  native({ gateway, ...rest }, { inside, outside }) {
    return {
      ...rest,
      inside,
      outside: { ...outside, ...(gateway === undefined ? {} : { gateway }) },
    };
  },
});
