/** `ferry migrate`: moves a VNF to another host. */
import type { Command } from 'commander';
import type { MigrationResource } from '../../contract/rest.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { exitCodeOf, followMigration } from '../follow.js';
import { remark, say, sayJson } from '../output.js';
import { ProgressBar } from '../progress-bar.js';
import { tellMigration } from './migrations.js';

interface MigrateOptions {
  to: string;
  flows?: string;
  strategy: string;
  wait: boolean;
}

export function addMigrateCommand(program: Command): void {
  const migrate = program
    .command('migrate')
    .description('move a VNF to another host while it serves')
    .argument('<vnf>', 'name of the VNF')
    .requiredOption('--to <host>', 'host to move it to')
    .option('--flows <filter>', 'only these, like src=10.0.0.0/25; the rest is served on')
    .option('--strategy <name>', 'how to move it', 'statelet')
    .option('--wait', 'wait for the end and show progress', false)
    .action(async (vnf: string, options: MigrateOptions, command: Command) => {
      const api = apiOf(command);
      const { json } = sharedOptions(command);
      const { to, strategy, flows } = options;
      const part = flows === undefined ? {} : { flows };
      const entries = (await api.vnf(vnf)).stats?.entries ?? 0;
      const started = await api.migrate({ vnf, to, strategy, ...part });
      if (!options.wait) {
        if (json) sayJson(started);
        else
          say(
            `migration ${started.id} of ${vnf}${flows === undefined ? '' : ` (${flows})`} to ${to} started`,
          );
        return;
      }
      const ended = await followMigration(api, started.id, showProgress(entries));
      process.exitCode = exitCodeOf(ended);
      if (json) sayJson(ended);
      else tellMigration(ended);
    });
  addExample(
    migrate,
    'ferry migrate nat1 --to host2 --wait',
    'and with --wait 3 rolled back, 4 failed',
  );
}

/** A bar that is re-drawn on a terminal; elsewhere one line for each state. */
function showProgress(entries: number): (migration: MigrationResource) => void {
  const bar = process.stderr.isTTY ? new ProgressBar(process.stderr) : undefined;
  let last = '';
  return (migration) => {
    const { state, figures } = migration;
    const done = entries === 0 ? 0 : (figures.snapshotEntries ?? 0) / entries;
    const synchronised = !['preparing', 'synchronising'].includes(state);
    bar?.draw(synchronised ? 1 : done, state);
    if (bar === undefined && state !== last) remark(`${migration.id}: ${state}`);
    if (migration.endedAt !== null) bar?.clear();
    last = state;
  };
}
