// What crosses between a traffic endpoint and whoever runs it: options, commands, counters.
import { z } from 'zod';

const ipv4 = z.ipv4({ error: 'give an IPv4 address such as 10.0.1.1' });
const port = z.int().min(1).max(65_535);

const commonOptions = {
  interface: z.string().min(1).max(15),
  /** Own address on the link; left out, 02:fa and the last four bytes of the interface's own. */
  mac: z.mac({ error: 'give a MAC address such as 02:fa:00:00:00:01' }).optional(),
  /** Tells this run's packets from another's; equal at both ends. */
  runId: z.int().min(0).max(0xffff_ffff),
  serverAddress: ipv4,
  serverPort: port.default(5_000),
  flows: z.int().min(1).max(65_536).default(1_000),
  /** Packets per second in each direction, over all flows together. */
  ratePps: z.int().min(1).max(10_000_000).default(20_000),
  /** Whole Ethernet frame without FCS. */
  packetBytes: z.int().min(64).max(1_514).default(512),
  /** For how long packets are sent. */
  durationMs: z.int().min(1).max(600_000),
  /** The client sends as fast as it can and the server does not answer: to measure a rate. */
  flatOut: z.boolean().default(false),
};

/**
 * The client emulates `clients` hosts from `clientAddress` on; flow f is of host f % clients and
 * source port clientPort + f / clients, so that hosts use equal ports and a NAT must choose.
 * Prefilled entries are of further hosts from `prefillAddress` on, `prefillPorts` each.
 */
const clientOptions = z.strictObject({
  role: z.literal('client'),
  ...commonOptions,
  clientAddress: ipv4,
  clientPort: port.default(10_000),
  clients: z.int().min(1).max(1_024).default(10),
  /** Gateway on the client's link, asked for by ARP: the inside address of a NAT. */
  nextHop: ipv4,
  prefillAddress: ipv4.default('10.0.64.0'),
  prefillPorts: z.int().min(1).max(60_000).default(60_000),
});

const serverOptions = z.strictObject({ role: z.literal('server'), ...commonOptions });

export const trafficOptions = z.discriminatedUnion('role', [clientOptions, serverOptions]);
export type TrafficOptions = z.output<typeof trafficOptions>;
export type TrafficOptionsInput = z.input<typeof trafficOptions>;

export const maxPrefillEntries = 4_194_304;

/** First and last entry of a range, both included. */
export const entryRange = z.tuple([
  z
    .int()
    .min(0)
    .max(maxPrefillEntries - 1),
  z
    .int()
    .min(0)
    .max(maxPrefillEntries - 1),
]);
export type EntryRange = z.output<typeof entryRange>;

const count = z.int().min(0);
const microseconds = z.number().min(0);

const statsFields = {
  phase: z.enum(['idle', 'resolving', 'prefilling', 'sending', 'draining', 'finished', 'failed']),
  sent: count,
  /** Owed by the rate, but longer ago than the 5 ms that are made good: not offered. */
  skipped: count,
  /** The transmit ring had no room: not offered. */
  refused: count,
  /** Different packets. */
  received: count,
  /** Numbers below the highest seen of a flow that have not arrived. */
  missing: count,
  duplicated: count,
  /** RFC 4737: below a number seen before, and no duplicate. */
  reordered: count,
  /** To this endpoint, with a wrong length or checksum. */
  corrupted: count,
  /** Probes of another run, or of a flow that is not. */
  foreign: count,
  /** Flows that came from, or to, another address or port than at first or than they should. */
  translationsChanged: count,
  /** Packets that took longer than 15 ms one way. */
  over15Ms: count,
  /** Longest time between two arrivals one after the other. */
  longestGapUs: microseconds,
  firstArrivalUs: microseconds,
  lastArrivalUs: microseconds,
  p50Us: microseconds,
  p99Us: microseconds,
  maxUs: microseconds,
  /** How late the sending thread woke, at worst. */
  maxSchedulingStallUs: microseconds,
  prefillSent: count,
  prefillReceived: count,
};

/** Totals so far, refreshed about every 50 ms. Times are of CLOCK_MONOTONIC. */
export const endpointStats = z.strictObject(statsFields);
export type EndpointStats = z.output<typeof endpointStats>;

export const endpointReport = z.strictObject({
  ...statsFields,
  firstSentUs: microseconds,
  lastSentUs: microseconds,
  sentOfFlow: z.array(count).max(65_536),
  receivedOfFlow: z.array(count).max(65_536),
  /** One-way latencies as [microseconds, packets], rising; within 0.4 % of the exact value. */
  latency: z.array(z.tuple([microseconds, count])).max(10_000),
  /** Lost in the endpoint itself: its receive ring was full. */
  rxKernelDrops: count,
  rxTruncated: count,
  txErrors: count,
  linkDown: count,
});
export type EndpointReport = z.output<typeof endpointReport>;

/** One JSON line on the standard input of an endpoint's process, after the line of its options. */
export const trafficCommand = z.discriminatedUnion('do', [
  /** Client: begins the run; the server begins with the first packet. */
  z.strictObject({ do: z.literal('start') }),
  /** Ends sending early. */
  z.strictObject({ do: z.literal('stop') }),
  /** Client: one packet for each of the first `entries`, or for those of `ranges`. */
  z.strictObject({
    do: z.literal('prefill'),
    entries: z.int().min(1).max(maxPrefillEntries).optional(),
    ranges: z.array(entryRange).min(1).max(4_096).optional(),
    ratePps: z.int().min(1).max(1_000_000).default(50_000),
  }),
  /** Server: which of the first `entries` have not come. */
  z.strictObject({ do: z.literal('missing'), entries: z.int().min(1).max(maxPrefillEntries) }),
]);
export type TrafficCommand = z.input<typeof trafficCommand>;

/** One JSON line on its standard output. */
export const trafficMessage = z.discriminatedUnion('type', [
  /** The interface is open; `mac` is the endpoint's own address on it. */
  z.strictObject({ type: z.literal('ready'), role: z.enum(['client', 'server']), mac: z.mac() }),
  z.strictObject({ type: z.literal('stats'), stats: endpointStats }),
  z.strictObject({ type: z.literal('prefilled'), sent: count }),
  /** At most 4096 ranges: ask again after sending those. */
  z.strictObject({
    type: z.literal('missing'),
    entries: count,
    received: count,
    ranges: z.array(entryRange).max(4_096),
  }),
  z.strictObject({ type: z.literal('report'), report: endpointReport }),
  z.strictObject({
    type: z.literal('error'),
    code: z.string().max(64),
    field: z.string().max(256).optional(),
    message: z.string().max(4_096),
  }),
]);
export type TrafficMessage = z.output<typeof trafficMessage>;
