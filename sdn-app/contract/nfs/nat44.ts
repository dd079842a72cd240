/** NAT44: translates UDP, TCP and ICMP between an inside and an outside network. */
import { z } from 'zod';
import { canonicalNetwork, networksOverlap, networkWithin } from '../ipv4-network.js';
import { ipv4Address, ipv4Network, sameSubnet } from '../names.js';
import { defineNf } from './definition.js';

const milliseconds = (least: number) => z.int().min(least).max(86_400_000);

/** Timeouts: RFC 4787 REQ-5, RFC 5382 REQ-5, RFC 5508 REQ-2. */
const config = z.strictObject({
  /** External addresses that mappings use; the outside port answers ARP for all of them. */
  pool: z.array(ipv4Address).min(1).max(64),
  /** For each pool address the hosts inside that use it alone: so the NAT's work can be divided. */
  pairedNets: z.array(ipv4Network).max(64).optional(),
  portRange: z
    .strictObject({ first: z.int().min(1).max(65535), last: z.int().min(1).max(65535) })
    .refine((range) => range.first <= range.last, 'first must not exceed last')
    .default({ first: 1024, last: 65535 }),
  /** Mappings the table can hold. */
  capacity: z.int().min(1).max(4_194_304).default(262_144),
  /** Outside ports of each subscriber (inside address), in aligned blocks of one pool address. */
  portBlocks: z
    .strictObject({
      size: z
        .int()
        .min(16)
        .max(16_384)
        .refine((size) => Number.isInteger(Math.log2(size)), 'use a power of two, like 512'),
      perSubscriber: z.int().min(1).max(64),
    })
    .optional(),
  limits: z
    .strictObject({ mappingsPerSubscriber: z.int().min(1).max(4_194_304).optional() })
    .optional(),
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

type Config = z.output<typeof config>;

/** Ports of one pool address, for each protocol, that mappings can have. */
function portsOfAddress({ portRange: { first, last }, portBlocks }: Config): number {
  if (portBlocks === undefined) return last - first + 1;
  const { size } = portBlocks;
  return Math.max(0, Math.floor((last + 1) / size) - Math.ceil(first / size)) * size;
}

export const nat44 = defineNf({
  config,
  ports: ['inside', 'outside'],
  check(all, ports, refuse) {
    const { pool, gateway, portBlocks, pairedNets } = all;
    if (pairedNets !== undefined && pairedNets.length !== pool.length) {
      refuse('pairedNets', 'give one for each address of the pool, in its order');
    }
    pairedNets?.forEach((net, index) => {
      const other = pairedNets.slice(0, index).find((each) => networksOverlap(each, net));
      if (other !== undefined) refuse(`pairedNets.${index}`, `${net} overlaps ${other}`);
    });
    if (portBlocks !== undefined && portsOfAddress(all) === 0) {
      refuse('portBlocks.size', 'portRange holds no whole block: they begin at multiples of size');
    }
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
  flowRoom: (all) => Math.min(all.capacity, all.pool.length * portsOfAddress(all)),
  flowsOfHost: ({ portBlocks, limits }) =>
    Math.min(
      portBlocks === undefined ? Infinity : portBlocks.size * portBlocks.perSubscriber,
      limits?.mappingsPerSubscriber ?? Infinity,
    ),
  split({ pool, pairedNets }, { src, ...others }, refuse) {
    if (src === undefined || Object.keys(others).length > 0)
      refuse('a NAT is divided by src alone');
    if (pairedNets === undefined) refuse('hosts share its addresses: it needs pairedNets');
    const net = canonicalNetwork(src ?? '');
    const across = pairedNets?.find(
      (each) => !networkWithin(net, each) && networksOverlap(net, each),
    );
    if (across !== undefined)
      refuse(`${net} cuts through ${across}, which has one address outside`);
    const addresses = pool.filter((_address, index) =>
      networkWithin(net, pairedNets?.[index] ?? ''),
    );
    if (addresses.length === 0) refuse(`none of pairedNets lies within ${net}`);
    return {
      flows: { src: net },
      matches: {
        inside: [{ src: net }],
        outside: addresses.map((each) => ({ dst: `${each}/32` })),
      },
    };
  },
  units: ({ pairedNets }) => (pairedNets ?? []).map((net) => `src=${canonicalNetwork(net)}`),
  native({ gateway, ...rest }, { inside, outside }) {
    return {
      ...rest,
      inside,
      outside: { ...outside, ...(gateway === undefined ? {} : { gateway }) },
    };
  },
});
