/** `ferry checkpoint` and `ferry checkpoints`: images of a VNF's instance, to bring it back from. */
import type { Command } from 'commander';
import type { CheckpointResource } from '../../contract/rest.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { bytes, milliseconds } from '../format.js';
import { renderTable, say, sayJson } from '../output.js';

const HEAD = ['checkpoint', 'taken', 'frozen', 'image', 'stored', 'on'];

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

function row(each: CheckpointResource): string[] {
  const { id, takenAt, frozenMs, rawBytes, storedBytes, hosts } = each;
  return [
    id,
    takenAt,
    milliseconds(frozenMs),
    bytes(rawBytes),
    bytes(storedBytes),
    hosts.join(', '),
  ];
}
