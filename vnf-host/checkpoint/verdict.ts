/** What a probe found of one criu on this kernel. */
import { z } from 'zod';

export const verdictSchema = z.discriminatedUnion('works', [
  z.strictObject({ works: z.literal(true), frozenMs: z.number().min(0) }),
  z.strictObject({ works: z.literal(false), reason: z.string() }),
]);
export type Verdict = z.infer<typeof verdictSchema>;
