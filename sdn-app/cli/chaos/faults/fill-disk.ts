/**
 * A disk that is full, for one process: every write that would make a file longer fails (RLIMIT_FSIZE).
 * Nobody else on the machine loses space by it.
 */
import { isAlive } from '../../lab/journal.js';
import type { Fault } from '../fault.js';
import { tool } from '../tool.js';
import { victimNamed } from '../victim.js';

export const fillDisk: Fault<'fillDisk'> = {
  name: 'fillDisk',
  target: (step) => step.process,
  strike: async (step, rehearsal) => {
    const victim = await victimNamed(step.process, rehearsal);
    const limit = (soft: string) =>
      tool(['prlimit', '--pid', String(victim.pid), `--fsize=${soft}:`]);
    await limit('0');
    return async () => {
      if (await isAlive(victim)) await limit('unlimited');
    };
  },
};
