/** `ferry migrations`: those that run and those that have ended. */
import type { Command } from 'commander';
import type { MigrationResource } from '../../contract/rest.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { bytes, count, milliseconds } from '../format.js';
import { renderTable, say, sayJson } from '../output.js';

export function addMigrationsCommands(program: Command): void {
  const migrations = program.command('migrations').description('running and ended migrations');
  const list = migrations
    .command('list')
    .description('list every migration, the newest last')
    .action(async (_options: object, command: Command) => {
      const found = await apiOf(command).migrations();
      if (sharedOptions(command).json) sayJson(found);
      else say(renderTable(['id', 'VNF', 'from', 'to', 'state', 'duration'], found.map(row)));
    });
  addExample(list, 'ferry migrations list');

  const show = migrations
    .command('show')
    .description('show one migration with its phases and figures')
    .argument('<id>', 'id of the migration')
    .action(async (id: string, _options: object, command: Command) => {
      const found = await apiOf(command).migration(id);
      if (sharedOptions(command).json) sayJson(found);
      else tellMigration(found);
    });
  addExample(show, 'ferry migrations show m-0123abcd --json');
}

function row(migration: MigrationResource): string[] {
  const { id, vnf, srcHost, destHost, state, figures } = migration;
  return [id, vnf, srcHost, destHost, state, milliseconds(figures.durationMs)];
}

export function tellMigration(migration: MigrationResource): void {
  const { figures } = migration;
  const phases = Object.entries(figures.phasesMs);
  const rows = [
    ['VNF', `${migration.vnf}: ${migration.srcHost} to ${migration.destHost}`],
    ...(migration.flows === null ? [] : [['flows', migration.flows]]),
    ['state', migration.state + (migration.reason === undefined ? '' : ` (${migration.reason})`)],
    ['duration', milliseconds(figures.durationMs)],
    ...phases.map(([phase, ms]) => [`  ${phase}`, milliseconds(ms)]),
    ['snapshot', `${bytes(figures.snapshotBytes)}, ${count(figures.snapshotEntries)} entries`],
    ['statelets', `${count(figures.statelets)}, ${bytes(figures.stateletBytes)}`],
    ['statelet factor', figures.stateletFactor?.toFixed(4) ?? '-'],
    ['peak buffered packets', count(figures.peakBufferedPackets)],
    ...migration.notes.map((note) => ['note', note]),
  ];
  say(renderTable([migration.id, ''], rows));
}
