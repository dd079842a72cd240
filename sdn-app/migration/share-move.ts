/** Of a VNF that its recovery divides only those parts move, and each instance keeps one. */
import { FerryError } from '../contract/errors.js';
import { activeShares } from '../contract/recovery-policy.js';
import type { VnfSpec } from '../contract/topology.js';
import type { ServingVnf } from '../vnfs/port.js';

/** Throws FLOWS_UNSUPPORTED for a part of a protected VNF that cannot move by itself. */
export function checkShareMove(vnf: ServingVnf, spec: VnfSpec, flows: string): void {
  if (spec.recovery === undefined) return;
  const refuse = (message: string): never => {
    throw new FerryError('FLOWS_UNSUPPORTED', `${vnf.name}: ${message}`, 'flows');
  };
  const shares = activeShares(spec.recovery);
  if (shares === undefined)
    return refuse('it has a standby, which follows one instance as a whole');
  const all = shares.flatMap((share) => share.flows);
  if (!all.includes(flows)) refuse(`its recovery divides it by ${all.join(' and ')}`);
  const own = all.filter((each) => !vnf.parts.some((part) => part.flows === each));
  if (own.length === 1 && own[0] === flows) {
    refuse(`${flows} is all that the instance on ${vnf.host} does, which does the rest`);
  }
}
