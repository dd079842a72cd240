/** The `ferry` command: one file a command in commands/. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { addUrlOption, newProgram, runProgram } from './command-line.js';
import { addAgentCommand } from './commands/agent.js';
import { addChaosCommand } from './commands/chaos.js';
import { addAlarmsCommands } from './commands/alarms.js';
import { addAvailabilityCommand } from './commands/availability.js';
import { addCheckpointCommands } from './commands/checkpoint.js';
import { addControllerCommand } from './commands/controller.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addHealCommand } from './commands/heal.js';
import { addLabCommands } from './commands/lab.js';
import { addMigrateCommand } from './commands/migrate.js';
import { addMigrationsCommands } from './commands/migrations.js';
import { addNfCommands } from './commands/nf.js';
import { addOpenflowCommands } from './commands/openflow.js';
import { addNetworkCommands } from './commands/network.js';
import { addRecoveriesCommands } from './commands/recoveries.js';
import { addScaleCommand } from './commands/scale.js';
import { addTopologyCommands } from './commands/topology.js';
import { addVnfCommands } from './commands/vnf.js';
import { addWatchCommand } from './commands/watch.js';
import { packagePath } from './paths.js';

export async function main(argv: readonly string[]): Promise<void> {
  const program = newProgram('ferry', 'Moves stateful network functions between hosts.');
  addUrlOption(program);
  program.version(packageVersion());
  addLabCommands(program);
  addVnfCommands(program);
  addMigrateCommand(program);
  addMigrationsCommands(program);
  addScaleCommand(program);
  addCheckpointCommands(program);
  addHealCommand(program);
  addRecoveriesCommands(program);
  addAlarmsCommands(program);
  addAvailabilityCommand(program);
  addWatchCommand(program);
  addTopologyCommands(program);
  addOpenflowCommands(program);
  addNfCommands(program);
  addNetworkCommands(program);
  addControllerCommand(program);
  addAgentCommand(program);
  addChaosCommand(program);
  addDoctorCommand(program);
  await runProgram(program, argv);
}

function packageVersion(): string {
  const text = readFileSync(packagePath('package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
