/** An instance that is back from a checkpoint and is to serve, whatever it was when that was taken. */
import { setTimeout as delay } from 'node:timers/promises';
import { instanceStats } from '../sdn-app/contract/instance.js';
import { ProblemError } from './instance/problem.js';
import type { LivingProcess } from './living.js';

const CALL_MS = 4000;
const SERVE_MS = 10_000;
const POLL_MS = 5;

/** A standby takes over with the state that it had. Rejects with its problem, or INSTANCE_FAILED. */
export async function serveRestored(process: LivingProcess): Promise<void> {
  const deadline = performance.now() + SERVE_MS;
  const mode = async () => {
    return instanceStats.parse(await process.call({ method: 'stats' }, CALL_MS)).mode;
  };
  if ((await mode()) !== 'standby') return;
  await process.call({ method: 'takeover', atOnce: true }, CALL_MS);
  while ((await mode()) !== 'serving') {
    if (performance.now() > deadline) {
      throw new ProblemError('INSTANCE_FAILED', `it did not serve within ${SERVE_MS} ms`);
    }
    await delay(POLL_MS);
  }
}
