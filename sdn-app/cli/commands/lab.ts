/** `ferry lab`: a Mininet and Open vSwitch network with its controller and agents. */
import type { Command } from 'commander';
import { constants } from 'node:os';
import { addExample, sharedOptions } from '../command-line.js';
import { EXIT } from '../exit-code.js';
import { catchSignals } from '../interrupt.js';
import { spawnInHost } from '../lab/host.js';
import { HTTP_PORT, OPENFLOW_PORT } from '../lab/ports.js';
import { removeLab, requireRoot } from '../lab/program.js';
import { labStatus, type LabStatus } from '../lab/status.js';
import { bringUp } from '../lab/up.js';
import { renderTable, remark, say, sayJson, tellError } from '../output.js';
import { portNumber } from '../values.js';

const STEPS: Record<string, string> = {
  openvswitch: 'Open vSwitch',
  network: 'hosts, switches and links',
  programs: 'controller and agents',
  ready: 'waiting until every VNF serves',
  remove: 'removing it',
};

export const stepText = (step: string): string => STEPS[step] ?? step;

interface UpOptions {
  openflowPort: number;
  httpPort: number;
}

export function addLabCommands(program: Command): void {
  const lab = program.command('lab').description('a network on this machine to try Ferry in');
  addUp(lab);
  addDown(lab);
  addStatus(lab);
  addExec(lab);
}

function addUp(lab: Command): void {
  const up = lab
    .command('up')
    .description('build the network of a topology file; start the controller and the agents')
    .argument('<file>', 'topology file')
    .option('--openflow-port <port>', 'port of the switches', portNumber, OPENFLOW_PORT)
    .option('--http-port <port>', 'port of the REST interface', portNumber, HTTP_PORT)
    .action(async (file: string, options: UpOptions, command: Command) => {
      const interrupt = catchSignals();
      const tell = (step: string): void => remark(`lab: ${stepText(step)}`);
      await bringUp({ file, ...options }, tell, interrupt.signal).finally(interrupt.release);
      tellStatus(await labStatus(), sharedOptions(command).json);
    });
  addExample(up, 'ferry lab up topologies/nat-migration.yaml');
}

function addDown(lab: Command): void {
  const down = lab
    .command('down')
    .description('remove the lab and all that it made')
    .action(async (_options: object, command: Command) => {
      requireRoot();
      await removeLab();
      if (sharedOptions(command).json) sayJson({ removed: true });
      else say('lab removed');
    });
  addExample(down, 'ferry lab down');
}

function addStatus(lab: Command): void {
  const status = lab
    .command('status')
    .description('show the lab of this machine')
    .action(async (_options: object, command: Command) => {
      tellStatus(await labStatus(), sharedOptions(command).json);
    });
  addExample(status, 'ferry lab status --json');
}

function tellStatus(status: LabStatus, json: boolean): void {
  if (json) {
    sayJson(status);
    return;
  }
  say(`lab ${status.topology} (${status.topologyFile}): ${status.kept ? status.phase : 'broken'}`);
  say(`REST ${status.url}  OpenFlow ${status.openflow}  logs ${status.logs}`);
  const rows = [
    ...status.hosts.map((each) => ['host', each.name, String(each.pid), lives(each.alive)]),
    ...status.programs.map((each) => ['program', each.name, String(each.pid), lives(each.alive)]),
    ...(status.vnfs ?? []).map((vnf) => ['VNF', vnf.name, vnf.host, vnf.state]),
  ];
  say(renderTable(['', 'name', 'pid or host', 'state'], rows));
  if (status.vnfs === null) remark('the controller does not answer');
  if (!status.kept) remark('the process that keeps the lab is dead: run `ferry lab down`');
}

const lives = (alive: boolean): string => (alive ? 'lives' : 'dead');

function addExec(lab: Command): void {
  const exec = lab
    .command('exec')
    .description('run a program inside a host of the lab')
    .argument('<host>', 'host of the topology')
    .argument('<command...>', 'program and its arguments, after --')
    .action(async (host: string, words: string[], _options: object, command: Command) => {
      try {
        process.exitCode = await execInHost(host, words);
      } catch (error) {
        tellError(error, sharedOptions(command).json);
        process.exitCode = EXIT.notStarted;
      }
    });
  addExample(
    exec,
    'ferry lab exec client -- iperf3 -c 203.0.113.10 -t 5',
    'else the program’s own; 125 no such lab or host, 127 no such program',
  );
}

async function execInHost(host: string, words: readonly string[]): Promise<number> {
  requireRoot();
  const child = await spawnInHost(host, words, 'inherit');
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  // The terminal sends ^C to the program itself; others signal only this process.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  process.on('SIGTERM', forward);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', forward);
  }
}
