/** Northbound resources under /v1/network: what the controller has found out by itself. */
import { z } from 'zod';

/** 16 hex digits. */
const dpid = z.string();

const place = z.object({
  dpid,
  /** Name in the topology, else the datapath id. */
  switch: z.string(),
  port: z.int(),
  portName: z.string(),
});

export const networkSwitch = z.object({
  dpid,
  name: z.string(),
  connected: z.boolean(),
  ports: z.array(
    z.object({
      port: z.int(),
      name: z.string(),
      /**
       * What is behind it: `edge` hosts, `link` another switch, `probing` not known yet, `blocked`
       * hosts that are behind another port too, `steered` a link of the topology, `down` nothing.
       */
      role: z.enum(['probing', 'edge', 'link', 'blocked', 'steered', 'down']),
    }),
  ),
  hosts: z.int(),
});
export type NetworkSwitch = z.infer<typeof networkSwitch>;

export const networkLink = z.object({
  from: place,
  to: place,
  /** `oneWay`: nothing has come through in the other direction; it is not used. */
  state: z.enum(['up', 'oneWay']),
});
export type NetworkLink = z.infer<typeof networkLink>;

export const networkHost = z.object({
  mac: z.string(),
  /** By its last ARP frame. */
  ipv4: z.string().nullable(),
  at: place,
  /** Since it was learned there. */
  ageMs: z.int(),
});
export type NetworkHost = z.infer<typeof networkHost>;

/** Both ends as MAC addresses. */
export const pathQuery = z.strictObject({
  from: z.string().min(1).max(17),
  to: z.string().min(1).max(17),
});

export const networkPath = z.object({
  from: z.string(),
  to: z.string(),
  /** Each switch on the way, with the ports by which frames come in and go out. */
  hops: z.array(z.object({ dpid, switch: z.string(), inPort: z.int(), outPort: z.int() })),
});
export type NetworkPath = z.infer<typeof networkPath>;

export const networkCounters = z.object({
  switches: z.int(),
  links: z.int(),
  hosts: z.int(),
  /** Packets that switches have asked about. */
  packetIns: z.int(),
  /** Of them sent to all hosts: broadcasts and unknown destinations. */
  floods: z.int(),
  /** From a source address that no host can have. */
  refused: z.int(),
  dropped: z.int(),
  /** Discovery frames that somebody else had made or sent again. */
  forgedLldp: z.int(),
  /** Messages that a switch could not take. */
  unsent: z.int(),
});
export type NetworkCounters = z.infer<typeof networkCounters>;
