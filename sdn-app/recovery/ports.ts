/** What recovery needs of the rest of the controller; tests put fakes here. */
import type { Clock } from '../clock.js';
import type { Topology } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import type { HostPort } from '../hosts/port.js';
import type { Store } from '../store/journal.js';
import type { ProtectedVnfPort } from '../vnfs/port.js';
import type { SteeringPort } from '../vnfs/steering-port.js';

export interface RecoveryPorts {
  topology: Topology;
  hosts: HostPort;
  steering: SteeringPort;
  vnfs: ProtectedVnfPort;
  store: Store;
  events: EventLog;
  clock: Clock;
}
