// native/bench/state_scale: an instance at full speed while its state is copied to another one.
import { z } from 'zod';
import { Child } from './child.js';

export interface ScaleOptions {
  kind: 'nat44' | 'pg' | 'ids';
  /** Entries of state. */
  flows: number;
  /** Of how many of them packets come. */
  active: number;
  packetBytes: number;
  /** Time before the snapshot, and after it. */
  partMs: number;
}

const listening = z.strictObject({ port: z.int() });
const synchronised = z.strictObject({ synchronisedNs: z.number(), memoryBytes: z.number() });
const part = z.strictObject({
  packets: z.number(),
  wallNs: z.number(),
  cpuNs: z.number(),
  longestWallNs: z.number(),
  longestCpuNs: z.number(),
});
const measured = z.strictObject({
  quiet: part,
  snapshot: part,
  streaming: part,
  flagNs: z.number(),
  snapshotBytes: z.number(),
  snapshotEntries: z.number(),
  stateletFactor: z.number(),
  filledBytes: z.number(),
  peakBytes: z.number(),
});

export type SourceValues = ReturnType<typeof valuesOf>;

/** The state goes to statelet_sink: what sending it costs, and nothing of what installing it does. */
export async function measureSource(
  programs: { scale: string; sink: string },
  options: ScaleOptions,
): Promise<SourceValues> {
  const sink = new Child([programs.sink, '127.0.0.1']);
  try {
    const { port } = listening.parse(await sink.next());
    return await runSource(programs.scale, options, port, async (found) => {
      return valuesOf(measured.parse(await found));
    });
  } finally {
    await sink.close();
  }
}

/** The state goes to another instance, on this machine too. */
export async function measureScale(program: string, options: ScaleOptions) {
  const destination = new Child([program, 'destination', options.kind, String(options.flows)]);
  try {
    const { port } = listening.parse(await destination.next());
    return await runSource(program, options, port, async (found) => {
      // Both are listened to at once: the destination is done first.
      const [here, there] = await Promise.all([found, destination.next()]);
      const source = measured.parse(here);
      const { synchronisedNs, memoryBytes } = synchronised.parse(there);
      return {
        ...valuesOf(source),
        synchronisedMs: (synchronisedNs - source.flagNs) / 1e6,
        destinationMemoryPerEntry: memoryBytes / source.snapshotEntries,
      };
    });
  } finally {
    await destination.close();
  }
}

async function runSource<Values>(
  program: string,
  options: ScaleOptions,
  port: number,
  use: (found: Promise<unknown>) => Promise<Values>,
): Promise<Values> {
  const { kind, flows, active, packetBytes, partMs } = options;
  const numbers = [flows, active, packetBytes, partMs, port].map(String);
  const source = new Child([program, 'source', kind, ...numbers]);
  try {
    return await use(source.next());
  } finally {
    await source.close();
  }
}

function valuesOf({ quiet, snapshot, streaming, ...found }: z.infer<typeof measured>) {
  const perCpuSecond = (one: z.infer<typeof part>): number => (one.packets * 1e9) / one.cpuNs;
  const perSecond = (one: z.infer<typeof part>): number => (one.packets * 1e9) / one.wallNs;
  return {
    quietPps: perSecond(quiet),
    snapshotPps: perSecond(snapshot),
    rateKept: perCpuSecond(snapshot) / perCpuSecond(quiet),
    rateKeptWall: perSecond(snapshot) / perSecond(quiet),
    rateKeptStreaming: perCpuSecond(streaming) / perCpuSecond(quiet),
    longestWaitUs: snapshot.longestCpuNs / 1e3,
    longestWaitWallUs: snapshot.longestWallNs / 1e3,
    longestWaitQuietUs: quiet.longestCpuNs / 1e3,
    snapshotMs: snapshot.wallNs / 1e6,
    snapshotBytes: found.snapshotBytes,
    snapshotBytesPerEntry: found.snapshotBytes / found.snapshotEntries,
    memoryPerEntry: found.filledBytes / found.snapshotEntries,
    peakMemoryPerEntry: found.peakBytes / found.snapshotEntries,
    stateletFactor: found.stateletFactor,
  };
}
