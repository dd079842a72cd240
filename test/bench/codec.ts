// The OpenFlow codec beside one written by hand and beside os-ken's, the maintained Ryu.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { decode, encode } from '../../sdn-app/openflow/index.js';
import { BenchError, ratio, type Bench, type BenchResult, type Series } from './bench.js';
import { Child } from './child.js';
import * as byHand from './codec-by-hand.js';
import { aFlowMod, aFlowStatsReply, aPacketIn } from './codec-messages.js';

const python = '/usr/bin/python3'; // Debian's, whose packages apt installs
const osKenProgram = fileURLToPath(new URL('../../../test/bench/codec-os-ken.py', import.meta.url));
const sampleMs = 500;
const warmUpMs = 200;
const batch = 50;

const answer = z.strictObject({ perSecond: z.number(), same: z.boolean() });

interface Case {
  readonly name: string;
  readonly frame: Buffer;
  readonly encodesToo: boolean;
  /** Each does the work once and returns what it decoded. */
  readonly ferry: () => unknown;
  readonly byHand: () => unknown;
}

export const codecCases: readonly Case[] = [
  {
    name: 'flow-mod, encoded and decoded',
    frame: encode(aFlowMod),
    encodesToo: true,
    ferry: () => decode(encode(aFlowMod)),
    byHand: () => byHand.decodeFlowMod(byHand.encodeFlowMod(aFlowMod)),
  },
  decodeCase('packet-in, decoded', encode(aPacketIn), byHand.decodePacketIn),
  decodeCase('flow-stats of 100, decoded', encode(aFlowStatsReply), byHand.decodeFlowStatsReply),
];

function decodeCase(name: string, frame: Buffer, hand: (frame: Buffer) => unknown): Case {
  return {
    name,
    frame,
    encodesToo: false,
    ferry: () => decode(frame),
    byHand: () => hand(frame),
  };
}

/** Times that `work` can be done in a second of processor time, which other load disturbs less. */
function rate(work: () => unknown, ms: number): number {
  const start = process.cpuUsage();
  let count = 0;
  for (;;) {
    for (let i = 0; i < batch; i++) sink.last = work();
    count += batch;
    const { user, system } = process.cpuUsage(start);
    const elapsedUs = user + system;
    if (elapsedUs >= 1_000 * ms) return (count * 1e6) / elapsedUs;
  }
}

/** Holds the last result, so that the work cannot be optimised away. */
const sink: { last: unknown } = { last: undefined };

type Variant = 'ferry' | 'by hand' | 'os-ken';

/** Undefined, with a remark, where os-ken is not installed. */
function startOsKen(progress: (line: string) => void): Child | undefined {
  const found = spawnSync(python, ['-c', 'import os_ken.ofproto.ofproto_v1_3_parser']);
  if (found.status === 0) return new Child([python, osKenProgram]);
  progress('os-ken is skipped: it is not installed (apt-get install python3-os-ken)');
  return undefined;
}

async function run(rounds: number, progress: (line: string) => void): Promise<BenchResult> {
  for (const { name, ferry, byHand } of codecCases) {
    if (!isDeepStrictEqual(ferry(), byHand())) {
      throw new BenchError('BENCH_DIFFERS', `${name}: by hand it decodes to something else.`);
    }
    rate(ferry, warmUpMs);
    rate(byHand, warmUpMs);
  }
  const osKen = startOsKen(progress);
  const series = new Map<string, Series>();
  const add = (name: string, variant: Variant, sample: number): void => {
    const key = `${name}: ${variant}`;
    const found = series.get(key) ?? { name: key, unit: 'messages/CPU s', samples: [] };
    found.samples.push(sample);
    series.set(key, found);
  };
  try {
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}`);
      for (const each of codecCases) {
        add(each.name, 'ferry', rate(each.ferry, sampleMs));
        add(each.name, 'by hand', rate(each.byHand, sampleMs));
        if (osKen !== undefined) add(each.name, 'os-ken', await osKenRate(osKen, each));
      }
    }
  } finally {
    await osKen?.close();
  }
  const ratios = codecCases.flatMap(({ name }) => {
    const ferry = series.get(`${name}: ferry`);
    const others = (['by hand', 'os-ken'] as const).flatMap(
      (variant) => series.get(`${name}: ${variant}`) ?? [],
    );
    return ferry === undefined ? [] : others.map((other) => ratio(ferry, other));
  });
  return { series: [...series.values()], ratios };
}

async function osKenRate(osKen: Child, { name, frame, encodesToo }: Case): Promise<number> {
  osKen.send({ frame: frame.toString('hex'), encode: encodesToo, ms: sampleMs });
  const { perSecond, same } = answer.parse(await osKen.next());
  if (!same) throw new BenchError('BENCH_DIFFERS', `${name}: os-ken encodes other bytes.`);
  return perSecond;
}

export const codecBench: Bench = {
  name: 'codec',
  summary:
    'OpenFlow messages a second of processor time: beside a codec written by hand and beside os-ken',
  run,
};
