// Both ends of a run as one account: what was offered, what came, and how long it took.
import type { EndpointReport, TrafficOptions } from './traffic-schema.js';

/** What one end of a run was told and what it counted. */
export interface TrafficEnd {
  options: TrafficOptions;
  report: EndpointReport;
}

/** Times of nothing that was measured (no packet came) are null. */
export interface TrafficReport {
  offered: number;
  /** Different packets that came. */
  delivered: number;
  /** Sent and never arrived, flow by flow. */
  lost: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  /** Flows, counted once in each direction. */
  translationsChanged: number;
  latency: {
    p50Us: number | null;
    p99Us: number | null;
    p999Us: number | null;
    maxUs: number | null;
    /** Longest silence in one direction while its sender was sending. */
    longestGapMs: number | null;
    /**
     * Packets of both directions that took over 15 ms one way, divided by the packets per second
     * of one direction, as the statelet paper has it for the round trip.
     */
    secondsOver15Ms: number;
  };
  packetBytes: number;
  /** Packets per second that were asked for in each direction; null when flat out. */
  ratePps: number | null;
  flows: number;
  /** From the first packet sent to the last. */
  durationMs: number;
  /** How late a sending thread woke at worst: gaps up to this are the machine's. */
  maxSchedulingStallMs: number;
  /** Not offered though the rate asked for it: after a stall, or for a full transmit ring. */
  notOffered: number;
  /** Of the lost ones, those that reached an endpoint and found its receive ring full. */
  endpointDrops: number;
}

type Buckets = readonly (readonly [us: number, packets: number])[];

/** Nearest rank over buckets in rising order. */
export function percentile(buckets: Buckets, fraction: number): number | null {
  const total = buckets.reduce((sum, [, packets]) => sum + packets, 0);
  const rank = Math.max(1, Math.ceil(fraction * total));
  let seen = 0;
  for (const [us, packets] of buckets) {
    seen += packets;
    if (seen >= rank) return us;
  }
  return null;
}

function mergeBuckets(left: Buckets, right: Buckets): Buckets {
  const merged = new Map<number, number>(left);
  for (const [us, packets] of right) merged.set(us, (merged.get(us) ?? 0) + packets);
  return [...merged].sort(([a], [b]) => a - b);
}

function lostBetween(sender: EndpointReport, receiver: EndpointReport): number {
  return sender.sentOfFlow.reduce(
    (lost, sent, flow) => lost + Math.max(0, sent - (receiver.receivedOfFlow[flow] ?? 0)),
    0,
  );
}

/** Silence before the first arrival and after the last one counts too. */
function longestGapUs(sender: EndpointReport, receiver: EndpointReport): number {
  if (sender.sent === 0) return 0;
  if (receiver.received === 0) return sender.lastSentUs - sender.firstSentUs;
  return Math.max(
    receiver.firstArrivalUs - sender.firstSentUs,
    receiver.longestGapUs,
    sender.lastSentUs - receiver.lastArrivalUs,
  );
}

function sendingUs(report: EndpointReport): number {
  return report.lastSentUs - report.firstSentUs;
}

/** One account of a run out of those of its client and its server. */
export function combine(client: TrafficEnd, server: TrafficEnd): TrafficReport {
  const { options } = client;
  const ends = [client.report, server.report] as const;
  const sum = (key: KeysOfNumbers) => ends[0][key] + ends[1][key];
  const delivered = sum('received');
  const latency = mergeBuckets(ends[0].latency, ends[1].latency);
  const highestUs = Math.max(ends[0].maxUs, ends[1].maxUs);
  const percentileUs = (fraction: number) => {
    const us = percentile(latency, fraction);
    return us === null ? null : Math.min(us, highestUs);
  };
  return {
    offered: sum('sent'),
    delivered,
    lost: lostBetween(ends[0], ends[1]) + lostBetween(ends[1], ends[0]),
    duplicated: sum('duplicated'),
    reordered: sum('reordered'),
    corrupted: sum('corrupted'),
    translationsChanged: sum('translationsChanged'),
    latency: {
      p50Us: percentileUs(0.5),
      p99Us: percentileUs(0.99),
      p999Us: percentileUs(0.999),
      maxUs: delivered === 0 ? null : highestUs,
      longestGapMs:
        sum('sent') === 0
          ? null
          : Math.max(longestGapUs(ends[0], ends[1]), longestGapUs(ends[1], ends[0])) / 1_000,
      secondsOver15Ms: sum('over15Ms') / options.ratePps,
    },
    packetBytes: options.packetBytes,
    ratePps: options.flatOut ? null : options.ratePps,
    flows: options.flows,
    durationMs: Math.max(sendingUs(ends[0]), sendingUs(ends[1])) / 1_000,
    maxSchedulingStallMs: Math.max(...ends.map((end) => end.maxSchedulingStallUs)) / 1_000,
    notOffered: sum('skipped') + sum('refused'),
    endpointDrops: sum('rxKernelDrops'),
  };
}

type KeysOfNumbers = {
  [Key in keyof EndpointReport]: EndpointReport[Key] extends number ? Key : never;
}[keyof EndpointReport];
