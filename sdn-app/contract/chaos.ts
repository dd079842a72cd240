/** Scripted faults of a topology: what `ferry chaos` does to a lab. docs/chaos.md. */
import { z } from 'zod';
import { nodeName, objectName } from './names.js';

const forMs = z.int().min(10).max(600_000);
/** Since the step before began; the first since the start. */
const afterMs = z.int().min(0).max(3_600_000).default(0);
/** A VNF (its serving instance), `agent-HOST` or `controller`. */
const processName = objectName;

const faults = [
  /** kill -9. */
  z.strictObject({ fault: z.literal('kill'), process: processName, afterMs }),
  /** SIGSTOP, then SIGCONT after `forMs`. */
  z.strictObject({ fault: z.literal('stop'), process: processName, forMs, afterMs }),
  /** SIGSTOP until the script has ended: it does not come back by itself. */
  z.strictObject({ fault: z.literal('hang'), process: processName, afterMs }),
  /** The host's link to a network goes down, at both ends. */
  z.strictObject({
    fault: z.literal('cutLink'),
    host: nodeName,
    network: objectName,
    forMs,
    afterMs,
  }),
  /** All links of a host are silent; nothing tells that they are. */
  z.strictObject({ fault: z.literal('dropHost'), host: nodeName, forMs, afterMs }),
  /** Every write of a process to a file fails, as on a full disk. */
  z.strictObject({ fault: z.literal('fillDisk'), process: processName, forMs, afterMs }),
  /** ovs-vswitchd is killed -9 and started again, with its flows gone. */
  z.strictObject({ fault: z.literal('restartOvs'), afterMs }),
] as const;

export const chaosStep = z.discriminatedUnion('fault', [...faults]);
export type ChaosStep = z.infer<typeof chaosStep>;
export type ChaosFault = ChaosStep['fault'];
type Steps = { [F in ChaosFault]: Extract<ChaosStep, { fault: F }> };
export type StepOf<F extends ChaosFault> = Steps[F];

export const chaosScript = z.array(chaosStep).max(1000);

/** What became of one step. */
export const chaosOutcome = z.object({
  atMs: z.number(),
  fault: z.string(),
  /** What it was done to. */
  target: z.string(),
  /** Null when it happened; else why it could not. */
  failure: z.string().nullable(),
});
export type ChaosOutcome = z.infer<typeof chaosOutcome>;

export const chaosReport = z.object({
  schemaVersion: z.literal(1),
  /** Of a random script; null for one from the file. */
  seed: z.int().nullable(),
  steps: z.array(chaosOutcome),
  /** Each VNF when all faults were over and it had had its time. */
  vnfs: z.array(z.object({ name: objectName, state: z.string(), host: nodeName })),
  recovered: z.boolean(),
});
export type ChaosReport = z.infer<typeof chaosReport>;
