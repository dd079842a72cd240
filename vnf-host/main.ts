/** vnf-host: the agent of one host. Starts and watches its VNF instances for the controller. */
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { FerryError, toFerryError } from '../sdn-app/contract/errors.js';
import { claimRunDir } from './claim.js';
import { parseHostConfig, type HostConfig } from './config.js';
import { ControllerLink, type LinkCounters } from './link.js';
import { makeLog } from './log.js';
import { Supervisor } from './supervisor.js';

// What acts on the first failure after many hours must not be compiled anew for it.
setFlagsFromString('--no-flush-bytecode');

const INSTANCE_ENTRY = fileURLToPath(new URL('./instance/main.js', import.meta.url));

const HELP = `Usage: node dist/vnf-host/main.js --host NAME --controller URL --run-dir DIR

Runs the agent of one host: it connects to the controller, starts the VNF instances that the
controller asks for, and watches them. Instances are processes of their own: they go on when the
agent ends, and the next agent with the same run directory adopts them.

  --host NAME        this host's name in the topology
  --controller URL   ws://ADDRESS:PORT/v1/agents
  --run-dir DIR      absolute path for manifests, sockets and crash reports, of this host alone
  --log-level LEVEL  error, warn, info (default) or debug
  --help             this text

Example: node dist/vnf-host/main.js --host host1 \\
           --controller ws://172.31.255.1:8181/v1/agents --run-dir /run/ferry/host1
Exit codes: 0 ended by SIGTERM or SIGINT, 1 error, 2 bad option.
`;

export interface RunningHost {
  counters: Readonly<LinkCounters>;
  /** Ends the agent; its instances go on. */
  close: () => Promise<void>;
}

/** Adopts what an earlier agent left, then connects. `entry` is the module that instances run. */
export async function start(config: HostConfig, entry = INSTANCE_ENTRY): Promise<RunningHost> {
  const log = makeLog(config.logLevel);
  const supervisor = new Supervisor({
    host: config.host,
    runDir: config.runDir,
    entry,
    log,
    report: (event) => link.report(event),
  });
  const link = new ControllerLink({
    url: config.controllerUrl,
    host: config.host,
    version: packageVersion(),
    log,
    handle: (request) => supervisor.handle(request),
    list: () => supervisor.list(),
    beat: () => supervisor.lookForDeaths(),
  });
  await supervisor.prepare();
  const unclaim = await claimRunDir(config.runDir);
  await supervisor.adoptAll();
  link.start();
  return {
    counters: link.counters,
    close: async () => {
      link.close();
      supervisor.release();
      await unclaim();
    },
  };
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function readOptions(args: string[]): HostConfig | undefined {
  const { values } = parseArgs({
    args,
    options: {
      host: { type: 'string' },
      controller: { type: 'string' },
      'run-dir': { type: 'string' },
      'log-level': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return undefined;
  return parseHostConfig({
    host: values.host,
    controllerUrl: values.controller,
    runDir: values['run-dir'],
    ...(values['log-level'] === undefined ? {} : { logLevel: values['log-level'] }),
  });
}

async function run(args: string[]): Promise<void> {
  let config: HostConfig | undefined;
  try {
    config = readOptions(args);
  } catch (error) {
    const usage =
      error instanceof FerryError ? error : new FerryError('CONFIG_INVALID', String(error));
    fail(usage, 2);
  }
  if (config === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const host = await start(config);
  const end = () => void host.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

function fail(error: unknown, exitCode: number): never {
  const { code, message, field, advice } = toFerryError(error);
  const at = field === undefined ? '' : ` (${field})`;
  process.stderr.write(`error ${code}: ${message}${at} -> ${advice}\n`);
  process.exit(exitCode);
}

const invoked = process.argv[1];
if (invoked !== undefined && realpathSync(invoked) === fileURLToPath(import.meta.url)) {
  try {
    await run(process.argv.slice(2));
  } catch (error) {
    fail(error, 1);
  }
}
