// The experiments: one line each.
import type { Experiment } from './experiment.js';
import { scale } from './scale.js';
import { sigma } from './sigma.js';

export const experiments: readonly Experiment[] = [sigma, scale];
