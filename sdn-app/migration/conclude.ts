/** The end of a migration. */
import { reasonOf } from '../contract/errors.js';
import type { RecordPatch } from './migration.js';
import type { EndState } from './record.js';
import type { Run } from './strategy.js';

const RETRY_MS = 1000;

/**
 * Resolves once the end is on disk, however long that takes: a restarted controller would take the
 * migration up again, when the VNF may long have moved on.
 */
export async function conclude(run: Run, state: EndState, patch: RecordPatch = {}): Promise<void> {
  const { migration, watch } = run;
  for (;;) {
    try {
      await migration.end(state, patch);
      return;
    } catch (error) {
      migration.waiting(`the journal: ${reasonOf(error)}`);
      await watch.pause(RETRY_MS);
    }
  }
}
