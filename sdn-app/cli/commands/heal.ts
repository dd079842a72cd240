/** `ferry heal`: brings a VNF back as after a failure. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { EXIT } from '../exit-code.js';
import { say, sayJson } from '../output.js';
import { tellRecovery } from './recoveries.js';

const POLL_MS = 50;

export function addHealCommand(program: Command): void {
  const heal = program
    .command('heal')
    .description('bring a VNF back by its recovery mechanism, as after a failure')
    .argument('<vnf>', 'name of the VNF')
    .option('--cause <text>', 'why, for the record')
    .option('--wait', 'wait for the end', false)
    .action(async (vnf: string, options: { cause?: string; wait: boolean }, command: Command) => {
      const api = apiOf(command);
      const { json } = sharedOptions(command);
      let recovery = await api.heal(
        vnf,
        options.cause === undefined ? {} : { cause: options.cause },
      );
      while (options.wait && recovery.endedAt === null) {
        await sleep(POLL_MS);
        recovery = await api.recovery(recovery.id);
      }
      if (recovery.state === 'failed') process.exitCode = EXIT.failed;
      if (json) sayJson(recovery);
      else if (options.wait) tellRecovery(recovery);
      else say(`recovery ${recovery.id} of ${vnf} started`);
    });
  addExample(
    heal,
    'ferry heal nat1 --cause "host1 needs a new disk" --wait',
    'and with --wait 4 failed',
  );
}
