/**
 * Mechanism `0R`: no replica. A new process goes on with what was kept of the old one where its death
 * could not reach it: for programs a checkpoint, for NFs with statelets a log of them.
 */
import { nfDefinition } from '../../contract/nf.js';
import { ImageProtection } from '../image/protection.js';
import { LogProtection } from '../log/protection.js';
import type { Mechanism } from '../mechanism.js';

export const newProcess: Mechanism<'0R'> = (care) => {
  const spec = care.ports.topology.vnfs[care.vnf];
  const isProgram = spec !== undefined && nfDefinition(spec.kind).program !== undefined;
  return isProgram ? new ImageProtection(care) : new LogProtection(care);
};
