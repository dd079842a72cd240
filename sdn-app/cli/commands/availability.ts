/** `ferry availability`: how long each VNF was up, and how fast it came back. */
import type { Command } from 'commander';
import type { AvailabilityResource } from '../../contract/recovery.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { count, milliseconds } from '../format.js';
import { renderTable, say, sayJson } from '../output.js';

const HEAD = [
  ...['VNF', 'up', 'failures', 'recoveries', 'downtime', 'detected in', 'recovered in', 'at worst'],
  ...['availability', 'nines', 'since'],
];

export function addAvailabilityCommand(program: Command): void {
  const availability = program
    .command('availability')
    .description('failures, downtime and availability of every VNF')
    .action(async (_options: object, command: Command) => {
      const found = await apiOf(command).availability();
      if (sharedOptions(command).json) sayJson(found);
      else say(renderTable(HEAD, found.map(row)));
    });
  addExample(availability, 'ferry availability --json');
}

function row(each: AvailabilityResource): string[] {
  return [
    each.vnf,
    each.up ? 'yes' : 'no',
    count(each.failures),
    count(each.recoveries),
    milliseconds(each.downtimeMs),
    milliseconds(each.detectMsMean),
    milliseconds(each.recoverMsMean),
    milliseconds(each.recoverMsMax),
    `${(each.availability * 100).toFixed(6)} %`,
    each.nines.toFixed(1),
    each.since,
  ];
}
