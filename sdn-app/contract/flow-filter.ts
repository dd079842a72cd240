/** Which traffic makes up a part of a VNF's work: one grammar for the command line and for REST. */
import { z } from 'zod';
import { FerryError } from './errors.js';
import { ipv4Address, ipv4Network } from './names.js';

const port = z.int().min(1).max(65535);

const fields = {
  /** Hosts inside, by their prefix. */
  src: ipv4Network.refine((net) => !net.endsWith('/0'), 'that is everything: name no flows'),
  /** Port of UDP or TCP: of the hosts inside, and of those that they speak with. */
  sport: z.coerce.number().pipe(port),
  dport: z.coerce.number().pipe(port),
  /** One subscriber of a packet gateway, by any of its addresses. */
  subscriber: ipv4Address,
  /** A security association, either direction. */
  spi: z.coerce.number().int().min(1).max(0xffffffff),
};
export const FLOW_KEYS = Object.keys(fields) as (keyof typeof fields)[];

const flowFilter = z.strictObject(fields).partial();
export type FlowFilter = z.infer<typeof flowFilter>;

/** key=value, joined by commas; all of them have to hold. */
export const flowsText = z.string().min(1).max(200);

/** The same as an instance takes it. */
export const instanceFlows = z.strictObject({
  src: ipv4Network.optional(),
  sport: port.optional(),
  dport: port.optional(),
  spi: z.int().min(1).max(0xffffffff).optional(),
});
export type InstanceFlows = z.infer<typeof instanceFlows>;

/** What a switch sees of some IPv4 packets; a field that is absent takes all. */
export interface Ipv4Match {
  /** Networks like 10.0.0.0/25. */
  src?: string;
  dst?: string;
  /** Of UDP and TCP alike. */
  srcPort?: number;
  dstPort?: number;
}

/** The same packets' answers. */
export function turned({ src, dst, srcPort, dstPort }: Ipv4Match): Ipv4Match {
  return {
    ...(dst === undefined ? {} : { src: dst }),
    ...(src === undefined ? {} : { dst: src }),
    ...(dstPort === undefined ? {} : { srcPort: dstPort }),
    ...(srcPort === undefined ? {} : { dstPort: srcPort }),
  };
}

/** A part, as instances and switches know it. */
export interface TrafficPart {
  flows: InstanceFlows;
  /** What comes in by each port is of the part when one of the port's matches holds. */
  matches: Readonly<Record<string, readonly Ipv4Match[]>>;
}

/** Reads `src=10.0.0.0/25`. Throws FLOWS_INVALID. */
export function parseFlows(text: string): FlowFilter {
  const found: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const [key = '', value, ...more] = pair.split('=').map((each) => each.trim());
    if (value === undefined || more.length > 0) refuse(`'${pair}' is not key=value`);
    if (Object.hasOwn(found, key)) refuse(`${key} is given twice`);
    found[key] = value;
  }
  const parsed = flowFilter.safeParse(found);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    return refuse(`there is no key ${issue.keys.join()}; the keys are ${FLOW_KEYS.join(', ')}`);
  }
  return refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a filter'}`);
}

function refuse(reason: string): never {
  throw new FerryError('FLOWS_INVALID', reason, 'flows');
}
