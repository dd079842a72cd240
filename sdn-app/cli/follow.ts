/** Follows a migration until it has ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MigrationResource } from '../contract/rest.js';
import type { FerryApi } from './api.js';
import { EXIT } from './exit-code.js';

const POLL_MS = 100;

/** Resolves with the ended migration; `onChange` gets what every look at it shows. */
export async function followMigration(
  api: FerryApi,
  id: string,
  onChange: (migration: MigrationResource) => void,
): Promise<MigrationResource> {
  for (;;) {
    const migration = await api.migration(id);
    onChange(migration);
    if (migration.endedAt !== null) return migration;
    await sleep(POLL_MS);
  }
}

export function exitCodeOf(migration: MigrationResource): number {
  if (migration.state === 'completed') return EXIT.ok;
  return migration.state === 'rolledBack' ? EXIT.rolledBack : EXIT.failed;
}
