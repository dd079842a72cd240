// What crosses between an experiment and the process of a network function that it measures.
import { z } from 'zod';

export const functionOptions = z.strictObject({
  kind: z.string(),
  config: z.looseObject({}),
  ports: z.array(z.strictObject({ interface: z.string(), mac: z.string() })),
  role: z.enum(['serving', 'standby']),
  stateletWindowMs: z.int(),
});
export type FunctionOptions = z.infer<typeof functionOptions>;

export const functionCommand = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('stats') }),
  /** Sends state to a destination, or to a sink that throws it away. */
  z.strictObject({
    do: z.literal('connect'),
    to: z.strictObject({ address: z.string(), port: z.int(), token: z.string() }),
  }),
]);
export type FunctionCommand = z.infer<typeof functionCommand>;

export const functionAnswer = z.strictObject({
  mode: z.string(),
  phase: z.string(),
  entries: z.number(),
  processedPackets: z.number(),
  /** While the statelet flag is up. */
  dataplaneBytes: z.number(),
  stateletBytes: z.number(),
  snapshotBytes: z.number(),
  workerCpuNs: z.number(),
  rssBytes: z.number(),
  monotonicMs: z.number(),
});
export type FunctionAnswer = z.infer<typeof functionAnswer>;
