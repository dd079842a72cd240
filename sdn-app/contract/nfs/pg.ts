/** Packet gateway: counts, polices and limits what each subscriber sends and receives. */
import { z } from 'zod';
import { canonicalNetwork, networksOverlap, networkWithin, prefixLength } from '../ipv4-network.js';
import { ipv4Address, ipv4Network, objectName, sameSubnet, withinSubnet } from '../names.js';
import { defineNf } from './definition.js';

const rateBps = z.int().min(8_000).max(100_000_000_000);

/** A token bucket. */
const policer = z.strictObject({
  rateBps,
  burstBytes: z
    .int()
    .min(1514)
    .max(2 ** 30),
});

const plan = z.strictObject({
  up: policer,
  down: policer,
  /** Bytes of both directions together. */
  quotaBytes: z.int().min(1).optional(),
  /** Beyond the quota, each direction; without it, what is beyond is dropped. */
  throttleBps: rateBps.optional(),
});

const subscribers = z.strictObject({
  net: ipv4Network,
  /** Prefix length of one subscriber: 32 for every address its own. */
  each: z.int().min(0).max(32).default(32),
  /** Name of the plan. */
  plan: objectName,
});

const config = z.strictObject({
  plans: z.record(objectName, plan),
  /** The first that contains an address counts; what is in none does not pass. */
  subscribers: z.array(subscribers).min(1).max(256),
  /** Subscribers that have used it: none is forgotten. */
  capacity: z.int().min(1).max(4_194_304).default(65_536),
  /** Next hops of subscribers and of destinations that are not connected. */
  insideGateway: ipv4Address.optional(),
  gateway: ipv4Address.optional(),
});

export const pg = defineNf({
  config,
  ports: ['inside', 'outside'],
  check({ plans, subscribers: rules, insideGateway, gateway }, ports, refuse) {
    const inside = ports['inside']?.address ?? '';
    rules.forEach(({ net, each, plan: name }, index) => {
      const field = `subscribers.${index}`;
      if (!Object.hasOwn(plans, name)) refuse(`${field}.plan`, `no plan ${name} is declared`);
      if (each < Number(net.split('/')[1])) {
        refuse(`${field}.each`, `one subscriber is no larger than ${net}`);
      }
      if (!withinSubnet(inside, net) && insideGateway === undefined) {
        refuse(`${field}.net`, `${net} is not connected: give an insideGateway`);
      }
    });
    const outside = ports['outside']?.address ?? '';
    if (insideGateway !== undefined && !sameSubnet(inside, insideGateway)) {
      refuse('insideGateway', `${insideGateway} is outside the subnet of ${inside}`);
    }
    if (gateway !== undefined && !sameSubnet(outside, gateway)) {
      refuse('gateway', `${gateway} is outside the subnet of ${outside}`);
    }
  },
  stateOfHosts: true,
  peerAddresses: ({ insideGateway, gateway }) =>
    [insideGateway, gateway].filter((address) => address !== undefined),
  split({ subscribers: rules }, { src, subscriber, ...others }, refuse) {
    const isOne = (src === undefined) !== (subscriber === undefined);
    if (!isOne || Object.keys(others).length > 0) {
      refuse('a packet gateway is divided by src or by subscriber');
    }
    const wanted = src ?? `${subscriber ?? ''}/32`;
    const rule = rules.find(({ net }) => networkWithin(net, wanted));
    if (!rules.some(({ net }) => networksOverlap(net, wanted)))
      refuse(`${wanted} is no subscriber`);
    const cut = rules.find(
      ({ net, each }) => each < prefixLength(wanted) && networkWithin(net, wanted),
    );
    if (src !== undefined && cut !== undefined) {
      refuse(
        `${wanted} cuts through a subscriber: those of ${cut.net} have a prefix of ${cut.each}`,
      );
    }
    const net = canonicalNetwork(src ?? `${subscriber ?? ''}/${rule?.each ?? 32}`);
    return {
      flows: { src: net },
      matches: { inside: [{ src: net }], outside: [{ dst: net }] },
    };
  },
  units({ subscribers: rules }) {
    // Nets that lie in another one are of the same unit.
    const wide = rules.filter(
      ({ net }, index) => !rules.some((other, at) => at !== index && networkWithin(other.net, net)),
    );
    return wide.map(({ net }) => `src=${canonicalNetwork(net)}`);
  },
  native({ plans, subscribers: rules, capacity, insideGateway, gateway }, { inside, outside }) {
    return {
      inside: { ...inside, ...(insideGateway === undefined ? {} : { gateway: insideGateway }) },
      outside: { ...outside, ...(gateway === undefined ? {} : { gateway }) },
      capacity,
      subscribers: rules.map(({ net, each, plan: name }) => ({ net, each, ...plans[name] })),
    };
  },
});
