/** What `ferry doctor` tells of one thing that Ferry can use. */
import { z } from 'zod';
import { messageOf } from '../../contract/errors.js';

export const findingSchema = z.strictObject({
  name: z.string(),
  there: z.boolean(),
  /** True when the lab cannot be without it. */
  needed: z.boolean(),
  /** Version, number or place; why not, when it is not there. */
  detail: z.string(),
  /** What its absence costs. */
  cost: z.string().optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** Something to look for: `look` answers its detail, or throws or answers undefined when it is not there. */
export interface Check {
  name: string;
  needed: boolean;
  cost: string;
  look: () => string | undefined | Promise<string | undefined>;
}

export async function find({ name, needed, cost, look }: Check): Promise<Finding> {
  let detail: string | undefined;
  let reason = 'not found';
  try {
    detail = await look();
  } catch (error) {
    reason = messageOf(error);
  }
  if (detail !== undefined) return { name, there: true, needed, detail };
  return { name, there: false, needed, detail: reason, cost };
}
