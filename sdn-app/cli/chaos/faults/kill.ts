/** kill -9 of a process. */
import type { Fault } from '../fault.js';
import { signal, victimNamed } from '../victim.js';

export const kill: Fault<'kill'> = {
  name: 'kill',
  target: (step) => step.process,
  strike: async (step, rehearsal) => {
    await signal(await victimNamed(step.process, rehearsal), 'SIGKILL');
    return undefined;
  },
};
