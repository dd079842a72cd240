/** The controller: wires its parts together, and closes them in reverse. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Restorer } from './checkpoints/restorer.js';
import { CheckpointService, type CheckpointDeps } from './checkpoints/service.js';
import { systemClock } from './clock.js';
import { readConfig, type ControllerConfigInput } from './config.js';
import { EventLog } from './events.js';
import { HostRegistry } from './hosts/registry.js';
import { Coordinator } from './migration/coordinator.js';
import { listenHttp, type ListenAddress } from './northbound/listen.js';
import { attachNetwork, declaredBy, Network, NetworkView } from './network/index.js';
import { buildServer } from './northbound/server.js';
import { agentRoute, eventRoute } from './northbound/sockets.js';
import { tellAbsent } from './recovery/alarms/absent.js';
import { AlarmLog } from './recovery/alarms/log.js';
import { raiseAlarms } from './recovery/alarms/rules.js';
import { AvailabilityLog } from './recovery/availability.js';
import { FaultManager } from './recovery/manager.js';
import { Scaler } from './scaling/service.js';
import { Journal, type Store } from './store/journal.js';
import { lockState } from './store/lock.js';
import { MemoryStore } from './store/memory.js';
import { listenForSwitches, SwitchRegistry } from './switch/index.js';
import { VERSION } from './version.js';
import { Placement } from './vnfs/placement.js';
import { steerSwitches } from './vnfs/session-adapter.js';
import { SteeringService } from './vnfs/steering-service.js';
import { VnfTable } from './vnfs/vnf-table.js';

// What acts on the first failure after many hours must not be compiled anew for it.
setFlagsFromString('--no-flush-bytecode');

export interface Controller {
  readonly openflow: ListenAddress;
  readonly http: readonly ListenAddress[];
  /** Leaves instances, flows and running migrations as they are: the next start takes them up. */
  close(): Promise<void>;
}

/** Resolves when it listens. Rejects with a FerryError; then nothing is left behind. */
export async function startController(input: ControllerConfigInput): Promise<Controller> {
  const { topology, openflow, http, stateDir, network: isForwarding } = await readConfig(input);
  const opened: (() => unknown)[] = [];
  const close = async () => {
    for (let undo = opened.pop(); undo !== undefined; undo = opened.pop()) await undo();
  };
  try {
    const store = await openStore(stateDir, opened);

    const clock = systemClock;
    const events = new EventLog(clock);
    const agentHosts = Object.entries(topology.hosts).filter(([, { agent }]) => agent);
    const alarms = new AlarmLog(store, events, clock);
    opened.push(raiseAlarms(alarms, events));
    opened.push(tellAbsent(topology, events, clock));
    const availability = new AvailabilityLog(Object.keys(topology.vnfs), store, events, clock);
    opened.push(() => availability.close());
    const hosts = new HostRegistry(
      agentHosts.map(([name]) => name),
      clock,
    );
    const switches = new SwitchRegistry();
    const steering = new SteeringService(topology, clock, events);
    opened.push(steerSwitches(switches, steering, topology, events));
    const network = new Network(clock, events, declaredBy(topology));
    opened.push(() => network.close());
    if (isForwarding) opened.push(attachNetwork(switches, network));
    const vnfs = await VnfTable.load(topology, store, events);
    const standbyOf: CheckpointDeps['standbyOf'] = (vnf) => recoveries.standby(vnf);
    const checkpoints = new CheckpointService({ topology, hosts, vnfs, standbyOf, events, clock });
    const recoveryPorts = { topology, hosts, steering, vnfs, checkpoints, store, events, clock };
    // Before the placement: it hears first of what has failed.
    const recoveries: FaultManager = new FaultManager({
      ...recoveryPorts,
      // Each needs the other, once both are there.
      migrations: {
        migrate: (request) => migrations.migrate(request),
        get: (id) => migrations.get(id),
      },
    });
    opened.push(() => recoveries.close());
    const placement = new Placement(vnfs, hosts, steering, events, clock);
    opened.push(() => placement.close());
    const setAside = (vnf: string) => recoveries.setAside(vnf);
    const migrations: Coordinator = new Coordinator({ ...recoveryPorts, images: hosts, setAside });
    migrations.start();
    recoveries.start();
    opened.push(() => migrations.close());

    checkpoints.start();
    opened.push(() => checkpoints.close());

    const restorer = new Restorer({ ...recoveryPorts, setAside });
    const app = await buildServer({
      version: VERSION,
      ...{ topology, events, switches, hosts, vnfs, checkpoints, restorer, migrations },
      scaler: new Scaler({ topology, vnfs, steering, migrations, events, clock }),
      ...{ recoveries, alarms, availability },
      network: new NetworkView(network, clock),
    });
    opened.push(() => app.close());
    const sockets = [eventRoute(events), agentRoute((socket) => hosts.accept(socket))];
    const httpListener = await listenHttp(app, http, sockets);
    opened.push(() => httpListener.close());
    opened.push(() => hosts.close());
    const openflowListener = await listenForSwitches(openflow, switches);
    opened.push(() => openflowListener.close());
    // Before the connections go: neither must take that for a fault.
    opened.push(() => recoveries.close());
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

/** Without a topology nothing is placed or moved, so that there is nothing to keep. */
async function openStore(stateDir: string | undefined, opened: (() => unknown)[]): Promise<Store> {
  if (stateDir === undefined) return new MemoryStore();
  const lock = await lockState(stateDir);
  opened.push(() => lock.release());
  const journal = await Journal.open(join(stateDir, 'journal.jsonl'));
  opened.push(() => journal.close());
  return journal;
}
