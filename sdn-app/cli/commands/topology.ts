/** `ferry topology`: topology files. */
import type { Command } from 'commander';
import { loadTopology } from '../../contract/load.js';
import { addExample, sharedOptions } from '../command-line.js';
import { say, sayJson } from '../output.js';

export function addTopologyCommands(program: Command): void {
  const topology = program.command('topology').description('topology files');
  const check = topology
    .command('check')
    .description('check a topology file; prints it with every default filled in with --json')
    .argument('<file>', 'topology file')
    .action(async (file: string, _options: object, command: Command) => {
      const found = await loadTopology(file);
      if (sharedOptions(command).json) {
        sayJson(found);
        return;
      }
      const size = (table: object): number => Object.keys(table).length;
      const parts = [
        `${size(found.hosts)} hosts`,
        `${size(found.switches)} switches`,
        `${found.links.length} links`,
        `${size(found.vnfs)} VNFs`,
      ];
      say(`${file}: ${found.name} is valid: ${parts.join(', ')}`);
    });
  addExample(check, 'ferry topology check topologies/nat-migration.yaml');
}
