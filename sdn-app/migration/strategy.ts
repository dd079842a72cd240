/** What a migration strategy is, and what it works with. */
import type { Report } from '../contract/report.js';
import type { Migration } from './migration.js';
import type { MigrationPorts } from './ports.js';
import type { Watch } from './watch.js';

export interface Run {
  migration: Migration;
  watch: Watch;
  ports: MigrationPorts;
  strategy: Strategy;
}

export interface Strategy {
  name: string;
  /** Of loss-free, order-preserving and no-buffering only two can be had at once (ICNP 2021). */
  guarantees: Report['guarantees'];
  /** It can move a part of a VNF's work, and join it with what another instance does. */
  movesParts?: true;
  /**
   * srcInst stands still while its state moves: there is no stream between the instances to take
   * figures from, and that srcInst takes no part in the switchover is no fault.
   */
  standsStill?: true;
  /**
   * From state `preparing` to an end state. Never rejects for a fault of the migration: that ends
   * in `rolledBack` or `failed`. Rejects with Stopped when the controller stops.
   */
  run(run: Run): Promise<void>;
  /** Takes up a migration that an earlier run of the controller left in any state. */
  resume(run: Run): Promise<void>;
}
