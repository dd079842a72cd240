/** How a VNF comes back after a failure: `vnfs.NAME.recovery` in the topology. docs/recovery.md. */
import { z } from 'zod';
import { flowsText } from './flow-filter.js';
import { nodeName } from './names.js';

const detectionFrom = (silenceMs: number) =>
  z
    .strictObject({
      /** A host that is silent for less is never taken for gone; the threshold adapts upwards. */
      silenceMs: z.int().min(5).max(10_000).default(silenceMs),
      /** A datapath that stands still for so long, while its process runs, has failed. */
      stallMs: z.int().min(100).max(60_000).default(1500),
    })
    .prefault({});
const detection = detectionFrom(12);

/** A host that serves, and what of the work. */
const share = z.strictObject({ host: nodeName, flows: z.array(flowsText).min(1).max(8) });
const shared = {
  outputCommit: z.enum(['async', 'commit']).default('async'),
  /** Age that a change may reach before it is sent; what is new is sent at once. */
  windowMs: z.int().min(1).max(1000).default(5),
  /** Who watches here works as well, and starts instances beside those that it hears. */
  detection: detectionFrom(30),
};

/** Options of each mechanism; sdn-app/recovery/registry.ts has what each does. */
export const RECOVERY_POLICIES = {
  /** One standby on another host, kept current by statelets. */
  '1R-AS': z.strictObject({
    mechanism: z.literal('1R-AS'),
    /** Where the standby is kept while the VNF serves elsewhere; any suitable host when absent. */
    standby: nodeName.optional(),
    /** `async`: packets leave before their statelets are acknowledged; `commit`: after that. */
    outputCommit: z.enum(['async', 'commit']).default('async'),
    /** Age that a change may reach before it is sent; what is new is sent at once. */
    windowMs: z.int().min(1).max(1000).default(5),
    detection,
  }),
  /** No replica: a new process, from what was kept of the old one on another host. */
  '0R': z.strictObject({
    mechanism: z.literal('0R'),
    /** Where that is kept, and where the VNF comes back when its host is lost; any suitable host. */
    standby: nodeName.optional(),
    /** Of a statelet log: a longer one is begun anew with a snapshot. */
    logBytes: z.int().min(65_536).max(50_331_648).default(33_554_432),
    outputCommit: z.enum(['async']).default('async'),
    /** Age that a change may reach before it is sent; what is new is sent at once. */
    windowMs: z.int().min(1).max(1000).default(5),
    detection,
  }),
  /** Two hosts serve, a part of the work each, and each keeps the other's state. */
  '1R-AA': z.strictObject({
    mechanism: z.literal('1R-AA'),
    /** The parts cover all of the work. */
    active: z.array(share).length(2),
    ...shared,
  }),
  /** Several hosts serve, and each keeps the state of the one before it. */
  'MR-AA': z.strictObject({
    mechanism: z.literal('MR-AA'),
    active: z.array(share).min(3).max(8),
    ...shared,
  }),
} as const;

export type MechanismName = keyof typeof RECOVERY_POLICIES;
const NAMES = Object.keys(RECOVERY_POLICIES) as [MechanismName, ...MechanismName[]];
export const mechanismName = z.enum(NAMES);

type PolicySchema = (typeof RECOVERY_POLICIES)[MechanismName];

export const recoveryPolicy = z.discriminatedUnion(
  'mechanism',
  NAMES.map((name) => RECOVERY_POLICIES[name]) as [PolicySchema, ...PolicySchema[]],
  { error: `use one of the mechanisms ${NAMES.join(', ')}` },
);
/** True when several instances serve at a time, so that one failure does not stop everything. */
export function isShared(mechanism: MechanismName): boolean {
  return 'active' in RECOVERY_POLICIES[mechanism].shape;
}
/** Options of one mechanism. */
export type PolicyOf<N extends MechanismName> = z.infer<(typeof RECOVERY_POLICIES)[N]>;
export type RecoveryPolicy = z.infer<typeof recoveryPolicy>;
/** Those that divide the work. */
export type ActivePolicy = PolicyOf<'1R-AA'> | PolicyOf<'MR-AA'>;

/** The parts that the mechanism divides a VNF's work into; undefined: it does not. */
export function activeShares(
  policy: RecoveryPolicy | undefined,
): ActivePolicy['active'] | undefined {
  return policy !== undefined && 'active' in policy ? policy.active : undefined;
}
