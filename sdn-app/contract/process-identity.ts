/** A process as the agents' files name it: another one with the same number is none of it. */
import { z } from 'zod';

export const processIdentity = z.strictObject({
  pid: z.int().min(1),
  /** Field 22 of /proc/PID/stat: clock ticks from boot to the start of the process. */
  startTicks: z.int().min(0),
});
export type ProcessIdentity = z.infer<typeof processIdentity>;

/** What others may read of an instance's manifest; null while no process is started for it. */
export const manifestProcess = z.object({ process: processIdentity.nullable() });
