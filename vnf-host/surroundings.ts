/** What every instance of this host works with, and what it tells of itself. */
import type { AgentMessage } from '../sdn-app/contract/agent.js';
import type { DeathWatch } from './death-watch.js';
import type { Log } from './log.js';
import type { Spare } from './spare.js';
import type { SupervisedInstance } from './supervised.js';

export type SupervisorEvent = Extract<
  AgentMessage,
  { type: 'instanceEvent' | 'instanceDying' | 'instanceExited' | 'instanceRestarted' }
>;

export interface Surroundings {
  runDir: string;
  /** Module that an instance process runs. */
  entry: string;
  spare: Spare;
  deaths: Pick<DeathWatch, 'watch'>;
  log: Log;
  report: (event: SupervisorEvent) => void;
  /** Runs a task after all earlier ones of this instance. */
  enqueue: (id: string, task: () => Promise<void>) => void;
  /** The instance has ended for good. */
  forget: (instance: SupervisedInstance) => void;
}
