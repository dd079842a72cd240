/**
 * Mechanism `0R`: no replica. A new process goes on with what was kept of the old one where its death
 * could not reach it: for programs, a checkpoint.
 */
import { ImageProtection } from '../image/protection.js';
import type { Mechanism } from '../mechanism.js';

export const newProcess: Mechanism<'0R'> = (care) => new ImageProtection(care);
