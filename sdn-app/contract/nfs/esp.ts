/** VPN concentrator: IPsec ESP in tunnel mode (RFC 4303) with AES-GCM (RFC 4106), static SAs. */
import { z } from 'zod';
import { networksOverlap, networkWithin } from '../ipv4-network.js';
import { ipv4Address, ipv4Network, sameSubnet, withinSubnet } from '../names.js';
import { defineNf } from './definition.js';

const securityAssociation = z.strictObject({
  /** RFC 4303 section 2.1: 0 to 255 are reserved. */
  spi: z.int().min(256).max(0xffffffff),
  /** AES key, then 4 bytes of salt (RFC 4106 section 8.1). */
  key: z
    .string()
    .regex(
      /^([0-9a-fA-F]{40}|[0-9a-fA-F]{72})$/,
      'use 40 hexadecimal digits (AES-128) or 72 (AES-256): the key, then 4 bytes of salt',
    ),
});

const limit = z.int().min(1).optional();

const tunnel = z.strictObject({
  /** The peer's address. */
  remote: ipv4Address,
  /** Traffic selectors: what is protected here, and what lies behind the peer. */
  localNet: ipv4Network,
  remoteNet: ipv4Network,
  /** 64-bit sequence numbers; the peer must do the same. */
  extendedSequence: z.boolean().default(true),
  out: securityAssociation,
  in: securityAssociation,
  /** Of each direction: `soft` is counted, `hard` ends the SA. */
  lifetime: z
    .strictObject({ softPackets: limit, hardPackets: limit, softBytes: limit, hardBytes: limit })
    .prefault({}),
});

type Tunnel = z.output<typeof tunnel>;

const config = z.strictObject({
  tunnels: z.array(tunnel).min(1).max(64),
  /** Packets that may overtake each other by as much. */
  antiReplayWindow: z.int().min(64).max(4096).multipleOf(64).default(1024),
  /** Sequence numbers announced ahead of use; a recovery leaves out at most so many. */
  sequenceLease: z
    .int()
    .min(1024)
    .max(2 ** 30)
    .default(2 ** 20),
  /** Of the outside network: what would be longer once encrypted is refused. */
  mtu: z.int().min(576).max(1500).default(1500),
  /** Next hops of protected networks and of peers that are not connected. */
  insideGateway: ipv4Address.optional(),
  gateway: ipv4Address.optional(),
});

export const esp = defineNf({
  config,
  ports: ['inside', 'outside'],
  check({ tunnels, insideGateway, gateway }, ports, refuse) {
    const keys = new Map<string, string>();
    const spis = new Map<number, string>();
    const once = <Value>(seen: Map<Value, string>, value: Value, field: string): void => {
      const other = seen.get(value);
      if (other !== undefined) refuse(field, `${other} has the same; give each its own`);
      seen.set(value, field);
    };
    tunnels.forEach((each, index) => {
      const field = `tunnels.${index}`;
      once(spis, each.in.spi, `${field}.in.spi`);
      once(keys, each.out.key.toLowerCase(), `${field}.out.key`);
      once(keys, each.in.key.toLowerCase(), `${field}.in.key`);
      const reached = sameSubnet(ports['outside']?.address ?? '', each.remote);
      if (!reached && gateway === undefined) {
        refuse(`${field}.remote`, `${each.remote} is not connected outside: give a gateway`);
      }
      if (
        !withinSubnet(ports['inside']?.address ?? '', each.localNet) &&
        insideGateway === undefined
      ) {
        refuse(`${field}.localNet`, `${each.localNet} is not connected: give an insideGateway`);
      }
    });
    const gateways = { insideGateway: ['inside', insideGateway], gateway: ['outside', gateway] };
    for (const [field, [port = '', address]] of Object.entries(gateways)) {
      const subnet = ports[port]?.address ?? '';
      if (address !== undefined && !sameSubnet(subnet, address)) {
        refuse(field, `${address} is outside the subnet of ${subnet}`);
      }
    }
  },
  peerAddresses: ({ tunnels, insideGateway, gateway }) =>
    [...tunnels.map(({ remote }) => remote), insideGateway, gateway].filter(
      (address) => address !== undefined,
    ),
  split({ tunnels }, { src, spi, ...others }, refuse) {
    if (Object.keys(others).length > 0) refuse('a VPN concentrator is divided by src or by spi');
    const means = (each: Tunnel) =>
      (spi === undefined || each.in.spi === spi || each.out.spi === spi) &&
      (src === undefined || networkWithin(src, each.localNet));
    const meant = tunnels.filter(means);
    if (meant.length === 0) refuse('no tunnel has this spi, or a localNet within src');
    for (const other of tunnels.filter((each) => !means(each))) {
      const alike = meant.find(
        ({ remote, localNet, remoteNet }) =>
          remote === other.remote ||
          (networksOverlap(localNet, other.localNet) &&
            networksOverlap(remoteNet, other.remoteNet)),
      );
      if (alike === undefined) continue;
      const pair = `those of SPI ${alike.in.spi} and ${other.in.spi}`;
      refuse(
        alike.remote === other.remote
          ? `tunnels of one peer move together, a switch cannot tell ${pair} apart`
          : `tunnels whose selectors overlap move together: ${pair}`,
      );
    }
    const peers = [...new Set(meant.map(({ remote }) => remote))];
    return {
      flows: { ...(src === undefined ? {} : { src }), ...(spi === undefined ? {} : { spi }) },
      matches: {
        inside: meant.map(({ localNet, remoteNet }) => ({ src: localNet, dst: remoteNet })),
        outside: peers.map((remote) => ({ src: `${remote}/32` })),
      },
    };
  },
  units: ({ tunnels }) => tunnels.map(({ in: { spi } }) => `spi=${spi}`),
  native({ insideGateway, gateway, ...rest }, { inside, outside }) {
    return {
      ...rest,
      inside: { ...inside, ...(insideGateway === undefined ? {} : { gateway: insideGateway }) },
      outside: { ...outside, ...(gateway === undefined ? {} : { gateway }) },
    };
  },
});
