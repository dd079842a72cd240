// The experiments: one line each.
import { capacity } from './capacity.js';
import { delay } from './delay.js';
import { duration } from './duration.js';
import type { Experiment } from './experiment.js';
import { failoverPeers } from './failover-peers.js';
import { loss } from './loss.js';
import { recovery } from './recovery.js';
import { scale } from './scale.js';
import { sigma } from './sigma.js';

export const experiments: readonly Experiment[] = [
  capacity,
  loss,
  delay,
  duration,
  sigma,
  scale,
  recovery,
  failoverPeers,
];
