/** IDS: looks for attacks by rules in the language of Suricata and Snort; docs/nfs/ids.md. */
import { z } from 'zod';
import { turned, type Ipv4Match } from '../flow-filter.js';
import { canonicalNetwork } from '../ipv4-network.js';
import { ipv4Address, sameSubnet, withinSubnet } from '../names.js';
import { defineNf } from './definition.js';

const idle = z.int().min(2_000).max(604_800_000);
const absolutePath = z
  .string()
  .max(1024)
  .regex(/^\//, 'give an absolute path: every host reads or writes it there');

const config = z.strictObject({
  /** Rules, one each; numbered from 1 in what is said of those that are refused. */
  rules: z.array(z.string().min(1).max(2048)).max(1000).default([]),
  /** Files of rules, the same on every host that the VNF may move to. */
  ruleFiles: z.array(absolutePath).max(32).default([]),
  /** $NAME in rules: HOME_NET: 10.0.0.0/16, HTTP_PORTS: '80,8080'. */
  variables: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/), z.string().min(1).max(2048))
    .refine((all) => Object.keys(all).length <= 64, 'at most 64 variables')
    .default({}),
  /** Where alerts go; without it they are counted only. */
  alerts: z
    .strictObject({
      file: absolutePath,
      maxBytes: z.int().min(4096).max(1_099_511_627_776).default(1_073_741_824),
    })
    .optional(),
  /** Flows that the table can hold. */
  capacity: z.int().min(1).max(1_048_576).default(65_536),
  /** Segments out of order, or kept for a pcre, of all flows together. */
  segments: z.int().min(16).max(1_048_576).default(4_096),
  /** Counters of threshold and detection_filter. */
  trackers: z.int().min(16).max(1_048_576).default(16_384),
  timeoutsMs: z
    .strictObject({
      tcp: idle.default(3_600_000),
      closed: idle.default(10_000),
      other: idle.default(60_000),
    })
    .prefault({}),
  /** Next hop for destinations beyond the outside subnet. */
  gateway: ipv4Address.optional(),
});

export const ids = defineNf({
  config,
  ports: ['inside', 'outside'],
  check({ gateway }, ports, refuse) {
    const outside = ports['outside']?.address ?? '';
    if (gateway !== undefined && !sameSubnet(outside, gateway)) {
      refuse('gateway', `${gateway} is outside the subnet of ${outside}`);
    }
  },
  peerAddresses: ({ gateway }) => (gateway === undefined ? [] : [gateway]),
  flowRoom: ({ capacity }) => capacity,
  split(_config, { src, sport, dport, ...others }, refuse, ports) {
    if (Object.keys(others).length > 0) refuse('an IDS is divided by src, sport and dport');
    const subnet = ports['inside']?.address ?? '';
    if (src !== undefined && !withinSubnet(subnet, src)) refuse(`${src} is not within ${subnet}`);
    const net = src === undefined ? {} : { src: canonicalNetwork(src) };
    const inside: Ipv4Match = {
      ...net,
      ...(sport === undefined ? {} : { srcPort: sport }),
      ...(dport === undefined ? {} : { dstPort: dport }),
    };
    return {
      flows: {
        ...net,
        ...(sport === undefined ? {} : { sport }),
        ...(dport === undefined ? {} : { dport }),
      },
      matches: { inside: [inside], outside: [turned(inside)] },
    };
  },
  units: (_config, { inside }) => [`src=${canonicalNetwork(inside?.address ?? '')}`],
  native({ gateway, ...rest }, { inside, outside }) {
    return {
      ...rest,
      inside,
      outside: { ...outside, ...(gateway === undefined ? {} : { gateway }) },
    };
  },
});
