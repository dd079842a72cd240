/** What recovery needs of the rest of the controller; tests put fakes here. */
import type { CheckpointService } from '../checkpoints/service.js';
import type { Clock } from '../clock.js';
import type { Topology } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import type { CheckpointPort, HostPort, ReadyPort } from '../hosts/port.js';
import type { Coordinator } from '../migration/coordinator.js';
import type { Store } from '../store/journal.js';
import type { ProtectedVnfPort } from '../vnfs/port.js';
import type { SteeringPort } from '../vnfs/steering-port.js';

export interface RecoveryPorts {
  topology: Topology;
  hosts: HostPort & ReadyPort & Pick<CheckpointPort, 'restore'>;
  checkpoints: Pick<CheckpointService, 'take' | 'list' | 'provide'>;
  steering: SteeringPort;
  vnfs: ProtectedVnfPort;
  migrations: Pick<Coordinator, 'migrate' | 'get'>;
  store: Store;
  events: EventLog;
  clock: Clock;
}
