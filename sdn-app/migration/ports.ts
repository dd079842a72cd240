/** What a migration needs of the rest of the controller; tests put fakes here. */
import type { Clock } from '../clock.js';
import type { Topology } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import type { HostPort, ImagePort } from '../hosts/port.js';
import type { Store } from '../store/journal.js';
import type { VnfPort } from '../vnfs/port.js';
import type { SteeringPort } from '../vnfs/steering-port.js';

export interface MigrationPorts {
  topology: Topology;
  hosts: HostPort;
  images: ImagePort;
  steering: SteeringPort;
  vnfs: VnfPort;
  store: Store;
  events: EventLog;
  clock: Clock;
  /** Resolves once the VNF's serving instance is free: a standby's stream has ended. */
  setAside: (vnf: string) => Promise<void>;
}
