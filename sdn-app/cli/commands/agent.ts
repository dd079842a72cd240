/** `ferry agent`: the agent of a VNF host in the foreground, for a lab of one's own. */
import type { Command } from 'commander';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { FerryError } from '../../contract/errors.js';
import { addExample } from '../command-line.js';
import { AGENT_PROGRAM } from '../paths.js';

interface AgentOptions {
  host: string;
  controller: string;
  runDir: string;
}

export function addAgentCommand(program: Command): void {
  const agent = program
    .command('agent')
    .description('run the agent of a VNF host (vnf-host) until ^C')
    .requiredOption('--host <name>', 'name of this host in the topology')
    .requiredOption('--controller <url>', 'WebSocket address of the controller')
    .requiredOption('--run-dir <dir>', 'where instances keep their sockets')
    .action(async ({ host, controller: url, runDir }: AgentOptions) => {
      const options = ['--host', host, '--controller', url, '--run-dir', runDir];
      await runProgramFile(AGENT_PROGRAM, options);
    });
  addExample(
    agent,
    'ferry agent --host host1 --controller ws://172.31.255.1:8181/v1/agents --run-dir /run/ferry/host1',
  );
}

/** The program has the terminal; its exit code becomes that of this one. */
async function runProgramFile(file: string, options: readonly string[]): Promise<void> {
  if (!existsSync(file)) throw new FerryError('TOOL_MISSING', `${file} is not built`);
  const child = spawn(process.execPath, [file, ...options], { stdio: 'inherit' });
  // ^C of a terminal reaches the child by itself; any other sender means this process.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
