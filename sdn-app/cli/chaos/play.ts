/** Plays a chaos script on the lab: strikes in time, heals in time, and heals everything at the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosOutcome, ChaosStep } from '../../contract/chaos.js';
import { toFerryError } from '../../contract/errors.js';
import type { Heal, Rehearsal } from './fault.js';
import { strike, targetOf } from './registry.js';

/**
 * Resolves with what became of each step when the last fault is over. A step that cannot be done is
 * told and the script goes on. After an abort nothing more is struck, and all is healed all the same.
 */
export async function play(
  script: readonly ChaosStep[],
  rehearsal: Rehearsal,
  tell: (outcome: ChaosOutcome) => void,
  signal?: AbortSignal,
): Promise<ChaosOutcome[]> {
  const began = performance.now();
  const outcomes: ChaosOutcome[] = [];
  const running: Promise<void>[] = [];
  const last: Heal[] = [];
  let at = 0;
  for (const step of script) {
    at += step.afterMs;
    await pause(at - (performance.now() - began), signal);
    if (signal?.aborted === true) break;
    const outcome = { atMs: Math.round(performance.now() - began), failure: null };
    const told: ChaosOutcome = { ...outcome, fault: step.fault, target: targetOf(step) };
    try {
      const heal = await strike(step, rehearsal);
      if (heal !== undefined && 'forMs' in step) {
        running.push(pause(step.forMs, signal).then(heal));
      } else if (heal !== undefined) {
        last.push(heal);
      }
    } catch (error) {
      const { code, message } = toFerryError(error);
      told.failure = `${code}: ${message}`;
    }
    outcomes.push(told);
    tell(told);
  }
  const healed = await Promise.allSettled([...running, ...last.map((heal) => heal())]);
  const failure = healed.find((each) => each.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return outcomes;
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}
