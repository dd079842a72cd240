/** `ferry checkpoint`, `restore` and `checkpoints`: images of a VNF, to bring it back from. */
import type { Command } from 'commander';
import type { CheckpointResource, RestoreRequest, RestoreResource } from '../../contract/rest.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { bytes, milliseconds } from '../format.js';
import { renderTable, say, sayJson } from '../output.js';

const RESTORED_HEAD = ['from', 'on', 'age', 'frozen', 'restore', 'down', 'connections'];
const HEAD = ['checkpoint', 'taken', 'of the', 'frozen', 'image', 'stored', 'on'];

export function addCheckpointCommands(program: Command): void {
  const take = program
    .command('checkpoint')
    .description('take a checkpoint of a VNF and copy it to another host')
    .argument('<vnf>', 'name of the VNF')
    .action(async (vnf: string, _options: object, command: Command) => {
      const taken = await apiOf(command).checkpoint(vnf);
      if (sharedOptions(command).json) sayJson(taken);
      else say(renderTable(HEAD, [row(taken)]));
    });
  addExample(take, 'ferry checkpoint nat1');

  const restore = program
    .command('restore')
    .description('bring a VNF back to a checkpoint; what it did since is lost')
    .argument('<vnf>', 'name of the VNF')
    .option('--checkpoint <id>', 'which one; the newest when absent')
    .option('--to <host>', 'where it goes on; where it is when absent')
    .action(async (vnf: string, options: RestoreRequest, command: Command) => {
      const { checkpoint, to } = options;
      const which = checkpoint === undefined ? {} : { checkpoint };
      const request = { ...which, ...(to === undefined ? {} : { to }) };
      const restored = await apiOf(command).restore(vnf, request);
      if (sharedOptions(command).json) sayJson(restored);
      else say(renderTable(RESTORED_HEAD, [restoredRow(restored)]));
    });
  addExample(restore, 'ferry restore nat1 --to host2');

  const list = program
    .command('checkpoints')
    .description('list the checkpoints of a VNF, newest first')
    .argument('<vnf>', 'name of the VNF')
    .action(async (vnf: string, _options: object, command: Command) => {
      const found = await apiOf(command).checkpoints(vnf);
      if (sharedOptions(command).json) sayJson(found);
      else say(renderTable(HEAD, found.map(row)));
    });
  addExample(list, 'ferry checkpoints nat1 --json');
}

function restoredRow(restored: RestoreResource): string[] {
  const { checkpoint, host, ageMs, restoreMs, downMs, loss } = restored;
  const kept = loss === null ? '-' : `${loss.connections}, ${loss.behind} of them cut short`;
  const times = [ageMs, checkpoint.frozenMs, restoreMs, downMs].map(milliseconds);
  return [checkpoint.id, host, ...times, kept];
}

function row(each: CheckpointResource): string[] {
  const { id, takenAt, role, frozenMs, rawBytes, storedBytes, hosts } = each;
  return [
    id,
    takenAt,
    `${role} instance`,
    milliseconds(frozenMs),
    bytes(rawBytes),
    bytes(storedBytes),
    hosts.join(', '),
  ];
}
