/** Follows a migration by its events, for the live view; the resource itself says when it ended. */
import { z } from 'zod';
import { MIGRATION_STATES, type MigrationState } from '../../contract/report.js';
import type { FerryEvent, MigrationResource } from '../../contract/rest.js';
import type { FerryApi } from '../api.js';
import { streamEvents } from '../event-stream.js';
import { followMigration } from '../follow.js';
import type { LiveView } from './live-view.js';

const stateData = z.object({ state: z.enum(MIGRATION_STATES) });
const progressData = z.object({
  snapshotBytes: z.number().nullable(),
  stateletBytes: z.number().nullable(),
  lagBytes: z.number().nullable(),
});

export async function watchMigration(
  api: FerryApi,
  id: string,
  view: LiveView,
  onState: (state: MigrationState) => void,
): Promise<MigrationResource> {
  const stop = new AbortController();
  const phases = new PhaseClock();
  const onEvent = (event: FerryEvent): void => {
    if (event.subject !== id) return;
    if (event.type === 'migration.state') {
      const { state } = stateData.parse(event.data);
      onState(state);
      view.update({ phases: phases.enter(state, Date.parse(event.at)) });
    } else if (event.type === 'migration.progress') {
      const { snapshotBytes, stateletBytes, lagBytes } = progressData.parse(event.data);
      view.update({ sentBytes: (snapshotBytes ?? 0) + (stateletBytes ?? 0), lagBytes });
    }
  };
  // The view is an ornament: a migration does not fail because nobody can watch it.
  const events = streamEvents(api.url, 0, onEvent, stop.signal).catch(() => undefined);
  try {
    return await followMigration(api, id, ({ figures }) => {
      const sent = (figures.snapshotBytes ?? 0) + (figures.stateletBytes ?? 0);
      view.update({ sentBytes: sent });
    });
  } finally {
    stop.abort();
    await events;
  }
}

/** Times of the phases as they are entered; the report has the controller's own, exact ones. */
class PhaseClock {
  readonly #entered: { name: string; at: number }[] = [];

  enter(name: string, at: number): { name: string; ms: number | null }[] {
    this.#entered.push({ name, at });
    return this.#entered.map((phase, index) => {
      const next = this.#entered[index + 1];
      return { name: phase.name, ms: next === undefined ? null : next.at - phase.at };
    });
  }
}
