/** A process that stands still, for a while (`stop`) or until the script has ended (`hang`). */
import type { Fault, Heal, Rehearsal } from '../fault.js';
import { signal, victimNamed } from '../victim.js';

export const stop: Fault<'stop'> = {
  name: 'stop',
  target: (step) => step.process,
  strike: (step, rehearsal) => freeze(step.process, rehearsal),
};

export const hang: Fault<'hang'> = {
  name: 'hang',
  target: (step) => step.process,
  strike: (step, rehearsal) => freeze(step.process, rehearsal),
};

async function freeze(name: string, rehearsal: Rehearsal): Promise<Heal> {
  const victim = await victimNamed(name, rehearsal);
  await signal(victim, 'SIGSTOP');
  return () => signal(victim, 'SIGCONT');
}
