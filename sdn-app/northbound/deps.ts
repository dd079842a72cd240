/** What the northbound shows of the controller. */
import type { Restorer } from '../checkpoints/restorer.js';
import type { CheckpointService } from '../checkpoints/service.js';
import type { Topology } from '../contract/topology.js';
import type { EventLog } from '../events.js';
import type { HostRegistry } from '../hosts/registry.js';
import type { Coordinator } from '../migration/coordinator.js';
import type { NetworkView } from '../network/index.js';
import type { AlarmLog } from '../recovery/alarms/log.js';
import type { AvailabilityLog } from '../recovery/availability.js';
import type { FaultManager } from '../recovery/manager.js';
import type { Scaler } from '../scaling/service.js';
import type { SwitchRegistry } from '../switch/index.js';
import type { VnfTable } from '../vnfs/vnf-table.js';

export interface NorthboundDeps {
  version: string;
  topology: Topology;
  events: EventLog;
  switches: Pick<SwitchRegistry, 'get' | 'closed' | 'sessions'>;
  hosts: Pick<HostRegistry, 'connected' | 'instances' | 'stats' | 'declared'>;
  network: Pick<NetworkView, 'counters' | 'switches' | 'links' | 'hosts' | 'path'>;
  vnfs: Pick<VnfTable, 'names' | 'status'>;
  checkpoints: Pick<CheckpointService, 'take' | 'list'>;
  restorer: Pick<Restorer, 'restore'>;
  recoveries: Pick<FaultManager, 'list' | 'get' | 'report' | 'addTraffic' | 'heal' | 'redundancy'>;
  alarms: Pick<AlarmLog, 'list' | 'get' | 'acknowledge'>;
  availability: Pick<AvailabilityLog, 'list' | 'get'>;
  scaler: Pick<Scaler, 'scale' | 'get'>;
  migrations: Pick<Coordinator, 'migrate' | 'list' | 'get' | 'report' | 'addTraffic'>;
}
