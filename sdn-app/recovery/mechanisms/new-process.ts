/**
 * Mechanism `0R`: no replica. A new process goes on with what was kept of the old one where its death
 * could not reach it: for programs a checkpoint, for NFs with statelets a log of them.
 */
import { ImageProtection, isProgram } from '../image/protection.js';
import { LogProtection } from '../log/protection.js';
import type { Mechanism } from '../mechanism.js';

export const newProcess: Mechanism<'0R'> = (care) =>
  isProgram(care) ? new ImageProtection(care) : new LogProtection(care);
