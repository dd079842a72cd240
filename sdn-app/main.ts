/** The controller: wires its parts together, and closes them in reverse. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from './clock.js';
import { parseCommandLine, USAGE } from './command-line.js';
import { readConfig, type ControllerConfigInput } from './config.js';
import { FerryError, toFerryError } from './contract/errors.js';
import { EventLog } from './events.js';
import { HostRegistry } from './hosts/registry.js';
import { Coordinator } from './migration/coordinator.js';
import { listenHttp, type ListenAddress } from './northbound/listen.js';
import { buildServer } from './northbound/server.js';
import { agentRoute, eventRoute } from './northbound/sockets.js';
import { Journal } from './store/journal.js';
import { lockState } from './store/lock.js';
import { listenForSwitches, SwitchRegistry } from './switch/index.js';
import { VERSION } from './version.js';
import { Placement } from './vnfs/placement.js';
import { steerSwitches } from './vnfs/session-adapter.js';
import { SteeringService } from './vnfs/steering-service.js';
import { VnfTable } from './vnfs/vnf-table.js';

export interface Controller {
  readonly openflow: ListenAddress;
  readonly http: readonly ListenAddress[];
  /** Leaves instances, flows and running migrations as they are: the next start takes them up. */
  close(): Promise<void>;
}

/** Resolves when it listens. Rejects with a FerryError; then nothing is left behind. */
export async function startController(input: ControllerConfigInput): Promise<Controller> {
  const { topology, openflow, http, stateDir } = await readConfig(input);
  const opened: (() => unknown)[] = [];
  const close = async () => {
    for (let undo = opened.pop(); undo !== undefined; undo = opened.pop()) await undo();
  };
  try {
    const lock = await lockState(stateDir);
    opened.push(() => lock.release());
    const store = await Journal.open(join(stateDir, 'journal.jsonl'));
    opened.push(() => store.close());

    const clock = systemClock;
    const events = new EventLog(clock);
    const agentHosts = Object.entries(topology.hosts).filter(([, { agent }]) => agent);
    const hosts = new HostRegistry(
      agentHosts.map(([name]) => name),
      clock,
    );
    const switches = new SwitchRegistry();
    const steering = new SteeringService(topology, clock, events);
    opened.push(steerSwitches(switches, steering, topology, events));
    const vnfs = await VnfTable.load(topology, store, events);
    const placement = new Placement(vnfs, hosts, steering, events, clock);
    opened.push(() => placement.close());
    const migrations = new Coordinator({ topology, hosts, steering, vnfs, store, events, clock });
    migrations.start();
    opened.push(() => migrations.close());

    const app = await buildServer({
      version: VERSION,
      ...{ topology, events, switches, hosts, vnfs, migrations },
    });
    opened.push(() => app.close());
    const sockets = [eventRoute(events), agentRoute((socket) => hosts.accept(socket))];
    const httpListener = await listenHttp(app, http, sockets);
    opened.push(() => httpListener.close());
    opened.push(() => hosts.close());
    const openflowListener = await listenForSwitches(openflow, switches);
    opened.push(() => openflowListener.close());
    // Before the connections go: a migration must not take that for a fault.
    opened.push(() => migrations.close());
    return {
      openflow: { address: openflowListener.address, port: openflowListener.port },
      http: httpListener.addresses,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function main(): Promise<void> {
  const config = parseCommandLine(process.argv.slice(2));
  if (config === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  const controller = await startController(config);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    controller.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const shown = ({ address, port }: ListenAddress) => `${address}:${port}`;
  const http = controller.http.map(shown).join(', ');
  process.stdout.write(
    `ferry ${VERSION}: OpenFlow on ${shown(controller.openflow)}, HTTP on ${http}\n`,
  );
}

function fail(error: unknown): never {
  const { code, message, field, advice } = toFerryError(error);
  const where = field === undefined ? '' : ` (${field})`;
  process.stderr.write(`error ${code}: ${message}${where} -> ${advice}\n`);
  const cause = error instanceof FerryError || !(error instanceof Error) ? undefined : error.stack;
  if (cause !== undefined) process.stderr.write(`${cause}\n`);
  process.exit(code === 'CONFIG_INVALID' ? 2 : 1);
}

const invoked = process.argv[1];
if (invoked !== undefined && realpathSync(invoked) === fileURLToPath(import.meta.url)) {
  main().catch(fail);
}
